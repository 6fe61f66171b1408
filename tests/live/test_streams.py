"""Who hears that something has changed, and who no longer does (C19)."""

import asyncio
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.utils import timezone

from mila.lib.watching import Topic
from mila.live import hub, streams
from mila.live.streams import Live
from orders import services as orders
from orders.models import Job, Order
from partners.policy import PartnerStatus
from partners.services import change_status
from tests.factories import OpsFactory
from tests.live.conftest import Listen, in_thread
from tests.pages.scenes import accepted_visit, completed_visit, in_days, new_client, new_partner, placed_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit() -> Job:
    return accepted_visit(slot_start=in_days(3))


def path_of(order: Order | None) -> str:
    assert order is not None
    return f"/live/orders/{order.reference}"


def topic_of(order: Order | None) -> Topic:
    assert order is not None
    return Topic("order", order.pk)


class TestWhoMayListen:
    def test_the_client_hears_that_the_order_has_changed_and_nothing_else(self, play, session_of, visit):
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            live.hub.tell(Topic("order", visit.order.pk + 1))
            live.hub.tell(topic_of(visit.order))
            await stream.hears("changed", 1)
            live.hub.tell(topic_of(visit.order))
            await stream.hears("changed", 2)
            assert stream.heard.empty()
            assert stream.headers["content-type"] == "text/event-stream"

        play(scene)

    def test_the_partner_hears_while_the_visit_is_theirs(self, play, session_of, visit):
        cookie = session_of(visit.partner.user)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            live.hub.tell(topic_of(visit.order))
            await stream.hears("changed", 1)

        play(scene)

    def test_the_partner_hears_of_ratings_once_it_is_done(self, play, session_of):
        done = completed_visit()
        cookie = session_of(done.partner.user)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(done.order), cookie)
            await stream.hears("beat", 0)
            live.hub.tell(topic_of(done.order))
            await stream.hears("changed", 1)

        play(scene)

    def test_nobody_else_does(self, play, session_of, visit):
        over = completed_visit(days_ago=16)
        strangers = {
            "anonymous": (visit, None, 401),
            "another client": (visit, new_client(), 404),
            "another partner": (visit, new_partner().user, 404),
            "ops, who have the admin": (visit, OpsFactory.create(), 404),
            "the partner of a visit that is over": (over, over.partner.user, 404),
        }
        asked = [
            (who, path_of(job.order), session_of(user), status)
            for who, (job, user, status) in strangers.items()
        ]

        async def scene(live: Live, listen: Listen) -> None:
            for who, path, cookie, status in asked:
                assert (who, await listen(path, cookie).refused()) == (who, status)

        play(scene)

    def test_offers_are_for_partners_who_work_here(self, play, session_of):
        partner = new_partner()
        cookies = {
            status: session_of(user)
            for status, user in (
                (200, partner.user),
                (404, new_client()),
                (401, None),
            )
        }
        left = session_of(new_partner(status=PartnerStatus.LEFT).user)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen("/live/offers", cookies[200])
            await stream.hears("beat", 0)
            live.hub.tell(Topic("offers", partner.pk))
            await stream.hears("changed", 1)
            for cookie, status in ((cookies[404], 404), (cookies[401], 401), (left, 404)):
                assert await listen("/live/offers", cookie).refused() == status

        play(scene)

    @pytest.mark.parametrize(
        "path", ["/live/orders/", "/live/orders/NONE", "/live/orders/\x00", "/live", "/"]
    )
    def test_what_does_not_exist_is_not_found(self, play, session_of, path):
        cookie = session_of(new_client())

        async def scene(live: Live, listen: Listen) -> None:
            assert await listen(path, cookie).refused() == 404

        play(scene)


class TestTheEndOfAStream:
    """Whoever loses the right meanwhile hears nothing more: the change itself is not told to them."""

    def test_a_partner_who_gives_the_visit_back(self, play, session_of, visit):
        cookie = session_of(visit.partner.user)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            await in_thread(
                orders.hand_over_job,
                job_id=visit.pk,
                partner=visit.partner,
                reason="Ill.",
                now=timezone.now(),
            )
            live.hub.tell(topic_of(visit.order))
            await stream.is_ended()

        play(scene)

    def test_a_partner_who_leaves_mila(self, play, session_of):
        partner = new_partner()
        cookie = session_of(partner.user)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen("/live/offers", cookie)
            await stream.hears("beat", 0)
            await in_thread(
                change_status,
                partner=partner,
                new=PartnerStatus.LEFT,
                actor=None,
                reason="Moves away.",
                now=timezone.now(),
            )
            live.hub.tell(Topic("offers", partner.pk))
            await stream.is_ended()

        play(scene)

    @pytest.mark.parametrize("ending", ["logged out", "run out", "password changed", "locked out"])
    def test_a_session_that_ends_though_nothing_changes(self, play, session_of, visit, ending, monkeypatch):
        monkeypatch.setattr(streams, "BEAT_SECONDS", 0.05)
        user = visit.order.client
        cookie = session_of(user)

        def end() -> None:
            if ending == "logged out":
                Session.objects.all().delete()
            elif ending == "run out":
                Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
            elif ending == "locked out":
                type(user).objects.filter(pk=user.pk).update(is_active=False)
            else:
                user.set_password("another one, and long")
                user.save()

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            await stream.hears("beat", 0)
            await in_thread(end)
            await asyncio.wait_for(stream.task, 5)

        play(scene)

    def test_after_its_time_the_page_opens_a_new_one(self, play, session_of, visit, monkeypatch):
        monkeypatch.setattr(streams, "BEAT_SECONDS", 0.02)
        monkeypatch.setattr(streams, "LIFE_SECONDS", 0.1)
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await asyncio.wait_for(stream.task, 5)
            assert stream.status == 200

        play(scene)

    def test_all_end_when_redis_can_no_longer_be_heard(self, play, session_of, visit):
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            live.hub.is_hearing = False
            live.hub.end_all()
            await stream.is_ended()
            assert await listen(path_of(visit.order), cookie).refused() == 503

        play(scene)

    def test_whoever_hangs_up_leaves_nothing_behind(self, play, session_of, visit):
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            stream.hung_up.set()
            await stream.is_ended()
            assert (live.hub._streams, live.hub._per_user) == ({}, {})

        play(scene)


class TestLimits:
    def test_one_person_has_so_many_streams(self, play, session_of, visit, monkeypatch):
        monkeypatch.setattr(hub, "STREAMS_PER_USER", 2)
        cookie, other = session_of(visit.order.client), session_of(visit.partner.user)

        async def scene(live: Live, listen: Listen) -> None:
            first, second = (listen(path_of(visit.order), cookie) for _ in range(2))
            await first.hears("beat", 0)
            await second.hears("beat", 0)
            assert await listen(path_of(visit.order), cookie).refused() == 429
            await listen(path_of(visit.order), other).hears("beat", 0)
            first.hung_up.set()
            await first.is_ended()
            await listen(path_of(visit.order), cookie).hears("beat", 0)

        play(scene)

    def test_and_one_process(self, play, session_of, visit, monkeypatch):
        monkeypatch.setattr(hub, "STREAMS_PER_PROCESS", 1)
        cookie, other = session_of(visit.order.client), session_of(visit.partner.user)

        async def scene(live: Live, listen: Listen) -> None:
            await listen(path_of(visit.order), cookie).hears("beat", 0)
            assert await listen(path_of(visit.order), other).refused() == 429

        play(scene)

    def test_many_changes_at_once_are_told_once(self, play, session_of, visit):
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie)
            await stream.hears("beat", 0)
            for _ in range(100):
                live.hub.tell(topic_of(visit.order))
            await stream.hears("changed", 1)
            await asyncio.sleep(0.1)
            assert stream.heard.empty()

        play(scene)


class TestOrigins:
    """The pages come from another port, or host: their origin may read, with cookies; no other."""

    def test_the_site_may_read(self, play, session_of, visit, settings: LazySettings):
        settings.LIVE_ORIGINS = ["https://mila.example"]
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie, origin="https://mila.example")
            await stream.hears("beat", 0)
            assert stream.headers["access-control-allow-origin"] == "https://mila.example"
            assert stream.headers["access-control-allow-credentials"] == "true"

        play(scene)

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://mila.example.evil.example"])
    def test_nobody_else_may(self, play, session_of, visit, settings: LazySettings, origin):
        settings.LIVE_ORIGINS = ["https://mila.example"]
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            stream = listen(path_of(visit.order), cookie, origin=origin)
            assert await stream.refused() == 403
            assert "access-control-allow-origin" not in stream.headers

        play(scene)

    def test_of_another_host_nothing_is_answered(self, play, session_of, visit):
        cookie = session_of(visit.order.client)

        async def scene(live: Live, listen: Listen) -> None:
            assert await listen(path_of(visit.order), cookie, host="evil.example").refused() == 400

        play(scene)


def test_its_health_needs_no_login(play):
    async def scene(live: Live, listen: Listen) -> None:
        assert await listen("/healthz", "").refused() == 200

    play(scene)


def test_an_order_that_is_booked_has_its_watchers(play, session_of):
    buyer = new_client()
    order = placed_order(buyer, partner=new_partner())
    cookie = session_of(buyer)

    async def scene(live: Live, listen: Listen) -> None:
        await listen(path_of(order), cookie).hears("beat", 0)

    play(scene)
