"""Helpers for tests of pages: somebody who is logged in, and how many queries a page needs."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mila.accounts.models import User
from tests.pages.scenes import new_client

QueryCount = Callable[[Client, str], int]


@pytest.fixture
def logged_in() -> Callable[[User | None], Client]:
    def log_in(user: User | None) -> Client:
        assert user is not None
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def buyer() -> User:
    return new_client(phone="079 123 45 67")


@pytest.fixture
def own(buyer: User, logged_in: Callable[[User | None], Client]) -> Client:
    """The browser of `buyer`."""
    return logged_in(buyer)


@pytest.fixture
def queries() -> QueryCount:
    def count(client: Client, path: str) -> int:
        # What pages keep of each other's work would hide how many they need.
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    return count
