"""The places of the navigation: by role, and which of them a page belongs to."""

import pytest
from django.contrib.auth.models import AnonymousUser

from mila.accounts.models import User
from mila.pages.navigation import links_of
from tests.factories import OpsFactory
from tests.pages.scenes import new_client, new_partner

pytestmark = pytest.mark.django_db


def current_of(user: User, path: str) -> dict[str, str]:
    return {link.label: link.current for link in links_of(user, path) if link.current}


@pytest.fixture
def partner() -> User:
    user = new_partner("Robin").user
    assert user is not None
    return user


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/partner", {"Today": "page"}),
        ("/partner/jobs", {"Jobs": "page"}),
        ("/partner/jobs/7", {"Jobs": "true"}),
        ("/partner/jobs-else", {}),
        ("/partner/ratings", {"Standing": "page"}),
        ("/partner/hours", {"Settings": "page"}),
        ("/partner/area", {"Settings": "page"}),
        ("/", {}),
    ],
)
def test_a_page_belongs_to_the_place_it_is_or_lies_below(
    partner: User, path: str, current: dict[str, str]
) -> None:
    assert current_of(partner, path) == current


def test_everybody_sees_the_places_of_their_role(partner: User) -> None:
    ops = OpsFactory()

    def places(user: User | AnonymousUser) -> list[str]:
        return [link.label for link in links_of(user, "/")]

    assert places(AnonymousUser()) == ["Get help"]
    assert places(new_client("Kim")) == ["Get help", "My orders", "Favourites"]
    assert places(partner) == ["Today", "Calendar", "Jobs", "Standing", "Earnings", "Settings"]
    assert places(ops) == ["Operations"]
