"""Every address is in the access table, and each role gets what the table says."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mila.access import ACCESS, LEFT_TO_THEMSELVES, Who
from mila.language import LanguageConverter
from orders.models import Job, Offer, Order
from ratings.models import Rating
from tests.factories import OpsFactory, PartnerFactory, UserFactory
from tests.pages.scenes import completed_visit, open_offer, published_ratings


def _patterns(resolver: URLResolver, namespaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _patterns(entry, inner)
        elif not (namespaces and namespaces[0] in LEFT_TO_THEMSELVES):
            yield ":".join((*namespaces, entry.name or "")), entry


ADDRESSES = dict(_patterns(get_resolver()))


def test_every_address_is_named_in_the_table():
    assert set(ADDRESSES) - set(ACCESS) == set()


def test_the_table_names_no_address_that_does_not_exist():
    assert set(ACCESS) - set(ADDRESSES) == set()


def test_an_address_that_the_table_does_not_name_is_refused(client, monkeypatch):
    monkeypatch.setattr("mila.access.ACCESS", {})

    assert client.get(reverse("healthz")).status_code == 404


@pytest.fixture
def people(db):
    return {
        "public": None,
        "client": UserFactory.create(),
        "partner": PartnerFactory.create().user,
        "ops": OpsFactory.create(),
    }


def _as(user) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


OWN = {
    name: access
    for name, access in ACCESS.items()
    if not name.startswith(("account_", "mfa_", "healthz", "readyz"))
}


@pytest.mark.parametrize("name", sorted(OWN))
def test_each_role_gets_what_the_table_says(name, people):
    """With objects that belong to nobody asked: 404, a login, or the page if it has no object."""
    path, access = _address(name), OWN[name]
    for role, user in people.items():
        client = _as(user)
        for method in ("GET", "POST", "PUT", "DELETE"):
            status = client.generic(method, path).status_code
            expected = _expected(access, method, role, name, has_object="9" in path)
            assert status in expected, (name, role, method, status)


def _expected(access, method: str, role: str, name: str, *, has_object: bool) -> set[int]:
    if method not in access.methods:
        return {405}
    if access.who is Who.PUBLIC:
        return {404} if has_object else {200, 302}
    if role == "public":
        return {401} if name.startswith("api_") else {302}
    if access.who in {Who.PARTNER, Who.OPS} and role != access.who.value:
        return {404}
    return {404} if has_object else {200, 302}


def _address(name: str) -> str:
    pattern = ADDRESSES[name].pattern
    values = {key: _of_nothing(converter) for key, converter in pattern.converters.items()}
    return reverse(name, kwargs=values)


def _of_nothing(converter: object) -> int | str:
    """What names no object; a language is none."""
    if isinstance(converter, LanguageConverter):
        return "de"
    return 999999 if "int" in type(converter).__name__.lower() else "X999999"


def test_a_visitor_comes_back_to_the_page_that_asked_for_a_login(client, db):
    response = client.get("/orders?page=2")

    assert response.headers["Location"] == "/accounts/login/?next=/orders%3Fpage%3D2"


def test_a_fragment_sends_the_whole_page_to_the_login(client, db):
    response = client.get(reverse("partner_offers"), headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response.headers["HX-Redirect"].startswith("/accounts/login/")


@pytest.mark.django_db
class TestOtherPeoplesThings:
    """An object of somebody else is answered like one that does not exist."""

    @pytest.mark.parametrize("name", ["order_detail", "order_state", "order_cancel", "order_rate"])
    def test_a_client_sees_no_order_of_another_client(self, name):
        visit = completed_visit()
        assert visit.order is not None
        stranger = _as(UserFactory.create())

        assert stranger.get(reverse(name, args=[visit.order.reference])).status_code == 404

    @pytest.mark.parametrize("name", ["order_cancel", "order_rate"])
    def test_a_client_changes_no_order_of_another_client(self, name):
        visit = completed_visit()
        assert visit.order is not None
        before = Order.objects.values().get(pk=visit.order.pk)
        stranger = _as(UserFactory.create())

        assert stranger.post(reverse(name, args=[visit.order.reference]), {"stars": 1}).status_code == 404
        assert Order.objects.values().get(pk=visit.order.pk) == before
        assert not Rating.objects.exists()

    @pytest.mark.parametrize("name", ["job_detail", "job_cancel", "job_rate"])
    def test_a_partner_sees_no_job_of_another_partner(self, name):
        visit = completed_visit()
        stranger = _as(PartnerFactory.create().user)

        assert stranger.get(reverse(name, args=[visit.pk])).status_code == 404

    @pytest.mark.parametrize(
        "name",
        ["job_check_in", "job_check_out", "job_client_absent", "job_cancel", "job_hand_over", "job_rate"],
    )
    def test_a_partner_changes_no_job_of_another_partner(self, name):
        visit = completed_visit()
        before = Job.objects.values().get(pk=visit.pk)
        stranger = _as(PartnerFactory.create().user)

        assert stranger.post(reverse(name, args=[visit.pk]), {"reason": "x", "stars": 1}).status_code == 404
        assert Job.objects.values().get(pk=visit.pk) == before

    @pytest.mark.parametrize("name", ["offer_accept", "offer_decline"])
    def test_a_partner_answers_no_offer_of_another_partner(self, name):
        offer = open_offer()
        stranger = _as(PartnerFactory.create().user)

        assert stranger.post(reverse(name, args=[offer.pk])).status_code == 404
        assert Offer.objects.get(pk=offer.pk).status == "open"

    def test_nobody_but_the_rated_side_replies(self):
        by_client, _by_partner = published_ratings()
        writer = by_client.author

        for stranger in (UserFactory.create(), writer):
            assert _as(stranger).get(reverse("rating_reply", args=[by_client.pk])).status_code == 404
        rated = by_client.job.partner.user
        assert _as(rated).get(reverse("rating_reply", args=[by_client.pk])).status_code == 200
