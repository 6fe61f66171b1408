"""A host of two is cut off while its worker holds work; the other finishes everything, and the first does no harm.

PostgreSQL and Redis are reached by TCP here, as on real hosts: the packets vanish, nobody is told.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import F
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from mila.lib.refusals import Refusal
from mila.notifications.models import Mail, Notification
from mila.notifications.services import message_id
from orders import services
from orders.models import Offer, Order
from orders.policy import OrderStatus
from partners.models import Partner
from tests.factories import PartnerFactory
from tests.faults.network import Network, Servers, Site, addresses, number_of_our_own, why_not
from tests.faults.processes import eventually, held, verified
from tests.faults.test_worker_killed import MAIL_BEING_WRITTEN, SEND
from tests.pages.scenes import in_days, placed_order

pytestmark = pytest.mark.fault

EXPIRE = "orders.tasks.expire_due"
# Written in the transaction that ends a search; whoever writes the same message at the same time waits.
MESSAGE_BEING_WRITTEN = """
INSERT INTO notifications_notification
       (key, kind, channel, payload, created_at, due_at, attempts, last_error, recipient_id)
VALUES (%s, 'order_expired', 'email', '{}', now(), now(), 0, '', %s)
"""
WAITING_BY_HOST = """
SELECT host(client_addr), count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND client_addr IS NOT NULL GROUP BY 1
"""
LATEST_STATEMENT = "SELECT max(query_start) FROM pg_stat_activity WHERE client_addr = %s::inet"


@pytest.fixture
def network() -> Iterator[Network]:
    if reason := why_not():
        pytest.skip(reason)
    with number_of_our_own() as number:
        built = Network(number)
        before = addresses()
        try:
            built.build(hosts=2)
            assert addresses() == before
            yield built
        finally:
            built.remove()


@pytest.fixture
def servers(network: Network) -> Iterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="mila-hosts-") as folder:
        Path(folder).chmod(0o755)
        started = Servers(Path(folder), network)
        try:
            started.start()
            yield started
        finally:
            started.stop()


@pytest.fixture
def blank_database(servers: Servers, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """This process works on the database of the two hosts, with the settings that they use."""
    ours = connections["default"]
    with django_db_blocker.unblock():
        theirs = DatabaseWrapper(ours.settings_dict | servers.our_database, "default")
        connections["default"] = theirs
        try:
            yield
        finally:
            theirs.close()
            connections["default"] = ours


@pytest.fixture
def sites(
    network: Network,
    servers: Servers,
    blank_database: None,
    tmp_path: Path,
    settings: LazySettings,
) -> Iterator[list[Site]]:
    """A worker and a beat on each host; the workers get ready while the tables are made."""
    settings.EMAIL_BACKEND = "mila.notifications.mailbox.MailboxBackend"
    environment = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "DJANGO_SETTINGS_MODULE": "mila.settings",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "LANGUAGE_CODE": "en",
        "EMAIL_URL": "",
    }
    started: list[Site] = []
    try:
        for host in network.hosts:
            site = Site(host, environment, tmp_path / f"{host.namespace}.log")
            started.append(site)
        call_command("migrate", verbosity=0)
        for site in started:
            site.start_beat()
        yield started
    finally:
        for site in started:
            site.kill()


@pytest.fixture
def queue(servers: Servers) -> Celery:
    app = Celery(broker=servers.our_broker)
    app.conf.task_ignore_result = True
    return app


def waiting_by_host() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(WAITING_BY_HOST)
        return dict(cursor.fetchall())


def who_waits_for_both(sites: list[Site], queue: Celery) -> tuple[Site, Site]:
    """The host that happens to hold both the order and the mail, and the other one."""
    found: dict[str, int] = {}

    def one_does() -> bool:
        queue.send_task(EXPIRE)
        queue.send_task(SEND)
        found.update(dict.fromkeys(found, 0) | waiting_by_host())
        return 2 in found.values()

    assert eventually(one_does), logs_of(sites)
    lost, other = sorted(sites, key=lambda site: -found.get(site.host.address, 0))
    return lost, other


def is_at_work(address: str, *, since: datetime) -> bool:
    """Whether a statement has begun on a connection from there after that instant. Asks for a while."""
    end = timezone.now() + timedelta(seconds=1)
    while timezone.now() < end:
        with connection.cursor() as cursor:
            cursor.execute(LATEST_STATEMENT, [address])
            ((latest,),) = cursor.fetchall()
        if latest is not None and latest > since:
            return True
    return False


def logs_of(sites: list[Site]) -> str:
    return "\n\n".join(site.log.read_text() for site in sites)


def searching_orders(partners: list[Partner], now: datetime) -> tuple[list[Order], list[Order], Order]:
    """Offers that lapse and waves that are due; searches that are over or will be in a minute; the last of these.

    The partner of an offer that has lapsed is asked no more.
    """
    long_ago = now - timedelta(hours=12, minutes=1)
    to_lapse = [placed_order(partner=one, now=long_ago) for one in partners[:3]]
    to_widen = [
        placed_order(slot_start=in_days(4), now=now - timedelta(hours=2, minutes=1)) for _ in range(3)
    ]
    over = [placed_order(now=long_ago) for _ in range(2)]
    begun = now - timedelta(minutes=14, seconds=10)
    soon = placed_order(slot_start=now + timedelta(hours=3), now=begun)
    return [*to_lapse, *to_widen], [soon, *over], over[-1]


def accept_somewhere(order: Order) -> bool:
    """Whether one of those who have an offer has taken the visit, or does now."""
    for offer in Offer.objects.filter(order=order).open_at(timezone.now()).order_by("pk"):
        try:
            services.accept_offer(offer_id=offer.pk, partner=offer.partner, now=timezone.now())
        except Refusal:
            continue
        return True
    return states_of([order]) == {OrderStatus.CONFIRMED}


def states_of(orders: list[Order]) -> set[str]:
    found = Order.objects.filter(pk__in=[order.pk for order in orders])
    return set(found.values_list("status", flat=True))


def all_told() -> bool:
    return not Notification.objects.filter(sent_at=None).exists()


def test_a_host_that_is_cut_off_holds_nobody_up_and_does_no_harm_when_it_comes_back(
    network: Network, sites: list[Site], queue: Celery
) -> None:
    now = timezone.now()
    partners = PartnerFactory.create_batch(12)
    with ExitStack() as stack:
        with transaction.atomic():
            to_find, to_expire, held_order = searching_orders(partners, now)
            mail = Notification.objects.filter(kind="offer_received").latest("pk")
            # Whoever ends this search, and whoever sends this mail, will wait for us.
            writing = [f"order_expired:{held_order.pk}", held_order.client_id]
            stack.enter_context(held(MESSAGE_BEING_WRITTEN, writing))
            stack.enter_context(held(MAIL_BEING_WRITTEN, [message_id(mail)]))
        lost, other = who_waits_for_both(sites, queue)
        lost.host.cut_off()
    mail.refresh_from_db()
    assert (mail.attempts, mail.sent_at) == (1, None)
    # A minute passes for the claim of the one that is lost; its transactions hold what they hold.
    Notification.objects.filter(pk=mail.pk).update(claimed_at=F("claimed_at") - timedelta(seconds=61))

    assert eventually(lambda: all(accept_somewhere(order) for order in to_find)), logs_of(sites)
    assert eventually(lambda: states_of(to_expire) == {OrderStatus.EXPIRED}), logs_of(sites)
    assert eventually(all_told), logs_of(sites)
    everything_is_well(mail)

    # The cable is back: what the lost host had begun is undone, and it takes part again, here all alone.
    lost.host.connect()
    assert eventually(lambda: is_at_work(lost.host.address, since=timezone.now())), logs_of(sites)
    other.kill()
    late = placed_order(partner=partners[-1], slot_start=in_days(5))
    assert eventually(lambda: accept_somewhere(late) and all_told()), logs_of(sites)
    assert states_of([*to_find, late]) == {OrderStatus.CONFIRMED}
    assert states_of(to_expire) == {OrderStatus.EXPIRED}
    everything_is_well(mail)


def everything_is_well(sent_again: Notification) -> None:
    """Every message arrived once, tried once but for the one that was half sent; nobody was asked twice."""
    assert dict(Notification.objects.exclude(attempts=1).values_list("pk", "attempts")) == {sent_again.pk: 2}
    assert Mail.objects.count() == Notification.objects.count()
    asked = list(Offer.objects.values_list("order", "partner"))
    assert len(asked) == len(set(asked))
    assert verified() == ["nothing found"]
