"""Members of staff who look at a small market."""

from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from mila.accounts.models import User
from tests.admin.market import small_market
from tests.factories import OpsFactory


@pytest.fixture
def ops(db: None) -> User:
    user: User = OpsFactory.create(email="ops@example.org")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def desk(ops: User) -> Client:
    """A browser in which a member of staff is logged in."""
    client = Client()
    client.force_login(ops)
    return client


@pytest.fixture
def market(db: None) -> SimpleNamespace:
    return small_market()
