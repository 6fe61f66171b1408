"""What partner and client see and do between acceptance and check-out."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from orders import services as orders
from orders.models import Extra, Job, Message, TimeProposal
from orders.visits import services as visits
from tests.factories import PartnerFactory, UserFactory
from tests.pages.scenes import accepted_visit, completed_visit, in_days, new_client, page_text

pytestmark = pytest.mark.django_db

BY_HTMX = {"HX-Request": "true"}


@pytest.fixture
def visit() -> Job:
    return accepted_visit(slot_start=in_days(3))


@pytest.fixture
def soon() -> Job:
    """It begins in half an hour."""
    now = timezone.now()
    return accepted_visit(slot_start=now + timedelta(minutes=30), now=now - timedelta(hours=5))


def write(client, job: Job, body: str = "Hello there", **fields):
    data = {"body": body, "submission_key": str(uuid4())} | fields
    return client.post(reverse("visit_write", args=[job.pk]), data)


def fragment(page: str, name: str) -> str:
    return next(path for path in re.findall(r'hx-get="([^"]+)"', page) if f"/{name}?" in path)


class TestTheThread:
    def test_both_sides_read_what_is_written(self, logged_in, visit):
        partner, client = logged_in(visit.partner.user), logged_in(visit.order.client)
        answer = write(client, visit, "Second <floor>")
        assert answer.headers["Location"] == f"/orders/{visit.order.reference}#thread-{visit.pk}"
        answer = write(partner, visit, "Thank you")
        assert answer.headers["Location"] == f"/partner/jobs/{visit.pk}#thread-{visit.pk}"
        for page in (
            page_text(partner, "job_detail", visit.pk),
            page_text(client, "order_detail", visit.order.reference),
        ):
            assert page.index("Second <floor>") < page.index("Thank you")

    @pytest.mark.parametrize("body", ["  ", "x" * 2001])
    def test_what_cannot_be_sent_stays_in_the_form(self, logged_in, visit, body):
        for user in (visit.partner.user, visit.order.client):
            page = write(logged_in(user), visit, body)
            assert page.status_code == 200
            assert "errorlist" in page.content.decode()
            assert body.strip() in page.content.decode()
        assert not Message.objects.exists()

    def test_new_words_come_by_themselves_and_known_ones_are_not_sent_again(self, logged_in, visit):
        client = logged_in(visit.order.client)
        path = fragment(page_text(client, "order_detail", visit.order.reference), "thread")
        assert client.get(path).status_code == 204
        write(logged_in(visit.partner.user), visit)
        fresh = client.get(path).content.decode()
        assert "Hello there" in fresh
        assert "<textarea" not in fresh

    def test_the_order_asks_for_its_state_without_the_form_in_which_one_types(self, logged_in, visit):
        client = logged_in(visit.order.client)
        path = fragment(page_text(client, "order_detail", visit.order.reference), "state")
        assert client.get(path).status_code == 204
        visits.confirm_time(job_id=visit.pk, partner=visit.partner, now=timezone.now())
        fresh = client.get(path).content.decode()
        assert "Time confirmed" in fresh
        assert "<textarea" not in fresh

    def test_the_thread_comes_along_when_it_closes(self, logged_in, visit):
        client = logged_in(visit.order.client)
        write(client, visit)
        path = fragment(page_text(client, "order_detail", visit.order.reference), "state")
        orders.cancel_job(job_id=visit.pk, partner=visit.partner, reason="ill", now=timezone.now())
        fresh = client.get(path).content.decode()
        assert 'hx-swap-oob="true"' in fresh
        assert "nothing more can be written here" in fresh
        assert "<textarea" not in fresh

    def test_after_the_end_both_still_read_and_nobody_writes(self, logged_in):
        visit = completed_visit()
        for user in (visit.partner.user, visit.order.client):
            page = write(logged_in(user), visit)
            assert page.status_code == 200
        assert not Message.objects.exists()
        assert "nothing more can be written here" in page_text(
            logged_in(visit.partner.user), "job_detail", visit.pk
        )

    def test_nobody_else_reads_or_writes(self, logged_in, visit):
        for stranger in (new_client(), PartnerFactory.create().user):
            assert write(logged_in(stranger), visit).status_code == 404
            assert logged_in(stranger).get(reverse("visit_thread", args=[visit.pk])).status_code == 404


class TestTheStep:
    """It opens by itself when its hour has come, and follows what changes elsewhere."""

    NOW = in_days(3)

    @pytest.fixture
    def ahead(self) -> Job:
        """Three and a half hours before the visit."""
        return accepted_visit(
            slot_start=self.NOW + timedelta(hours=3, minutes=30), now=self.NOW - timedelta(hours=5)
        )

    def at(self, minutes: int) -> time_machine.travel:
        return time_machine.travel(self.NOW + timedelta(minutes=minutes), tick=False)

    def test_it_asks_in_the_second_in_which_it_changes(self, logged_in, ahead):
        partner = logged_in(ahead.partner.user)
        alarms = []
        for minutes in (0, 30, 90, 149, 150, 210):
            with self.at(minutes):
                alarms += re.findall(r"load delay:(\d+)s", page_text(partner, "job_detail", ahead.pk))
        assert [int(seconds) // 60 for seconds in alarms] == [30, 60, 60, 1, 60]

    def test_days_before_there_is_no_alarm_yet(self, logged_in, visit):
        page = page_text(logged_in(visit.partner.user), "job_detail", visit.pk)
        assert fragment(page, "step")
        assert "load delay" not in page

    def test_the_check_in_opens_by_itself_on_the_way_there(self, logged_in, ahead):
        partner = logged_in(ahead.partner.user)
        with self.at(100):
            visits.set_off(job_id=ahead.pk, partner=ahead.partner, now=timezone.now())
            page = page_text(partner, "job_detail", ahead.pk)
            path = fragment(page, "step")
            assert reverse("job_check_in", args=[ahead.pk]) not in page
        with self.at(149):
            assert partner.get(path, headers=BY_HTMX).status_code == 204
        with self.at(150):
            fresh = partner.get(path, headers=BY_HTMX).content.decode()
        assert reverse("job_check_in", args=[ahead.pk]) in fresh
        assert "<h1" not in fresh

    def test_another_time_changes_it(self, logged_in, ahead):
        partner = logged_in(ahead.partner.user)
        with self.at(100):
            path = fragment(page_text(partner, "job_detail", ahead.pk), "step")
            late = timezone.now() + timedelta(hours=2)
            Job.objects.filter(pk=ahead.pk).update(on_the_way_at=timezone.now(), expected_at=late)
            fresh = partner.get(path, headers=BY_HTMX).content.decode()
        assert "Your client expects you at" in fresh

    def test_when_the_visit_is_over_the_page_is_fetched_anew(self, logged_in, visit):
        partner = logged_in(visit.partner.user)
        path = fragment(page_text(partner, "job_detail", visit.pk), "step")
        orders.cancel_order(order_id=visit.order_id, client=visit.order.client, now=timezone.now())
        answer = partner.get(path, headers=BY_HTMX)
        assert answer.headers["HX-Refresh"] == "true"
        assert not answer.content

    def test_alone_it_is_no_page_and_nobody_elses(self, logged_in, visit):
        path = reverse("job_step", args=[visit.pk])
        assert logged_in(visit.partner.user).get(path).headers["Location"] == f"/partner/jobs/{visit.pk}"
        assert logged_in(PartnerFactory.create().user).get(path, headers=BY_HTMX).status_code == 404


class TestTheTime:
    def propose(self, client, job: Job, *days_and_times: tuple[str, str]):
        data = {"note": "My train is late."}
        for number, (day, at) in enumerate(days_and_times, 1):
            data |= {f"date_{number}": day, f"time_{number}": at}
        return client.post(reverse("job_propose_times", args=[job.pk]), data)

    def test_confirmed_by_one_tap(self, logged_in, visit):
        partner = logged_in(visit.partner.user)
        page = partner.post(reverse("job_confirm_time", args=[visit.pk]), follow=True).content.decode()
        assert "Your client sees that the time stands." in page
        assert reverse("job_confirm_time", args=[visit.pk]) not in page
        assert "Time confirmed" in page_text(
            logged_in(visit.order.client), "order_detail", visit.order.reference
        )

    def test_proposed_in_the_time_of_the_city_and_taken(self, logged_in, visit):
        partner, client = logged_in(visit.partner.user), logged_in(visit.order.client)
        day = f"{in_days(4):%Y-%m-%d}"
        self.propose(partner, visit, (day, "09:00"), (day, "11:30"))
        page = page_text(client, "order_detail", visit.order.reference)
        assert "Robin proposes another time" in page
        assert "My train is late." in page
        option = TimeProposal.objects.get().options.first()
        assert option is not None
        client.post(reverse("time_accept", args=[option.pk]))
        visit.refresh_from_db()
        assert f"{localtime(visit.starts_at):%Y-%m-%d %H:%M}" == f"{day} 09:00"
        assert "The visit was moved" in page_text(client, "order_detail", visit.order.reference)

    def test_all_declined_by_one_tap_or_withdrawn(self, logged_in, visit):
        partner, client = logged_in(visit.partner.user), logged_in(visit.order.client)
        for tapper, name in ((client, "times_decline"), (partner, "times_withdraw")):
            self.propose(partner, visit, (f"{in_days(4):%Y-%m-%d}", "09:00"))
            tapper.post(reverse(name, args=[TimeProposal.objects.get(status="open").pk]))
        assert [each.status for each in TimeProposal.objects.all()] == ["declined", "withdrawn"]

    @pytest.mark.parametrize(
        "wrong", [[("", "")], [("2020-01-01", "09:00")], [("", "09:00")], [("tomorrow", "09:00")]]
    )
    def test_what_cannot_be_proposed_stays_in_the_form(self, logged_in, visit, wrong):
        page = self.propose(logged_in(visit.partner.user), visit, *wrong).content.decode()
        assert "errorlist" in page
        assert "My train is late." in page
        assert not TimeProposal.objects.exists()

    def test_what_the_day_does_not_take_is_said_and_stays_in_the_form(self, logged_in, visit):
        accepted_visit(visit.partner, slot_start=in_days(4))
        taken = localtime(in_days(4))
        answer = self.propose(logged_in(visit.partner.user), visit, (f"{taken:%Y-%m-%d}", f"{taken:%H:%M}"))
        assert "You already have a job that overlaps this time." in answer.content.decode()
        assert "My train is late." in answer.content.decode()


class TestExtras:
    def propose(self, client, job: Job, text: str = "Cable", price: str = "25"):
        data = {"text": text, "price": price, "submission_key": str(uuid4())}
        return client.post(reverse("job_propose_extra", args=[job.pk]), data)

    def test_approved_the_total_is_shown_to_both(self, logged_in, visit):
        partner, client = logged_in(visit.partner.user), logged_in(visit.order.client)
        self.propose(partner, visit)
        extra = Extra.objects.get()
        client.post(reverse("extra_approve", args=[extra.pk]))
        for page in (
            page_text(partner, "job_detail", visit.pk),
            page_text(client, "order_detail", visit.order.reference),
        ):
            assert "114.00 CHF" in page

    def test_declined_or_withdrawn_the_price_stays(self, logged_in, visit):
        partner, client = logged_in(visit.partner.user), logged_in(visit.order.client)
        for tapper, name in ((client, "extra_decline"), (partner, "extra_withdraw")):
            self.propose(partner, visit)
            tapper.post(reverse(name, args=[Extra.objects.get(status="open").pk]))
        assert sorted(Extra.objects.values_list("status", flat=True)) == ["declined", "withdrawn"]
        assert "114.00 CHF" not in page_text(client, "order_detail", visit.order.reference)

    @pytest.mark.parametrize(
        ("text", "price"), [("", "25"), ("Cable", "0"), ("Cable", "2000.01"), ("Cable", "x")]
    )
    def test_what_cannot_be_proposed_stays_in_the_form(self, logged_in, visit, text, price):
        page = self.propose(logged_in(visit.partner.user), visit, text, price).content.decode()
        assert "errorlist" in page
        assert f'value="{price}"' in page
        assert not Extra.objects.exists()

    def test_the_partner_sees_the_answer_come_by_itself(self, logged_in, visit):
        partner = logged_in(visit.partner.user)
        self.propose(partner, visit)
        path = fragment(page_text(partner, "job_detail", visit.pk), "agreed")
        assert partner.get(path).status_code == 204
        logged_in(visit.order.client).post(reverse("extra_approve", args=[Extra.objects.get().pk]))
        fresh = partner.get(path).content.decode()
        assert "Approved" in fresh
        assert '<input type="text"' not in fresh


class TestTheWay:
    def test_on_my_way_then_arrived_then_done(self, logged_in, soon):
        partner = logged_in(soon.partner.user)
        page = page_text(partner, "partner_dashboard")
        assert "I am on my way" in page
        partner.post(reverse("job_set_off", args=[soon.pk]))
        page = page_text(partner, "partner_dashboard")
        assert "I am on my way" not in page
        assert "Nobody at home" in page
        client = logged_in(soon.order.client)
        page = page_text(client, "order_detail", soon.order.reference)
        assert "Robin is on the way to you" in page
        partner.post(reverse("job_check_in", args=[soon.pk]))
        page = page_text(partner, "partner_dashboard")
        assert "Check out: it is done" in page
        assert "You are at the last visit of today" in page

    def test_whoever_taps_on_todays_page_stays_there(self, logged_in, soon):
        partner = logged_in(soon.partner.user)

        def tap(name: str) -> str:
            """The form of today's page that goes there, sent as it is; where one lands."""
            path = reverse(name, args=[soon.pk])
            page = page_text(partner, "partner_dashboard")
            form = re.search(rf'<form [^>]*action="{path}".*?</form>', page)
            assert form
            fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
            return partner.post(path, dict(fields)).headers["Location"]

        today = reverse("partner_dashboard")
        assert tap("job_late") == tap("job_set_off") == tap("job_check_in") == today
        rating = tap("job_check_out")
        assert rating == f"{reverse('job_rate', args=[soon.pk])}?from=today"
        assert f'class="back" href="{today}"' in partner.get(rating).content.decode()
        assert partner.post(rating, {"stars": 5, "comment": ""}).headers["Location"] == today

    def test_from_its_own_page_one_comes_back_to_it(self, logged_in, soon):
        partner = logged_in(soon.partner.user)
        page = reverse("job_detail", args=[soon.pk])
        for name in ("job_set_off", "job_check_in"):
            assert partner.post(reverse(name, args=[soon.pk])).headers["Location"] == page
        rating = partner.post(reverse("job_check_out", args=[soon.pk])).headers["Location"]
        assert partner.post(rating, {"stars": 5, "comment": ""}).headers["Location"] == page

    def test_late_by_one_tap(self, logged_in, soon):
        partner = logged_in(soon.partner.user)
        page = page_text(partner, "partner_dashboard")
        expected = re.findall(r'name="expected" value="([^"]+)"', page)[1]
        partner.post(reverse("job_late", args=[soon.pk]), {"expected": expected})
        soon.refresh_from_db()
        assert soon.expected_at == soon.starts_at + timedelta(minutes=20)
        page = page_text(logged_in(soon.order.client), "order_detail", soon.order.reference)
        assert f"Robin is running late: expected at {localtime(soon.expected_at):%H:%M}" in page

    @pytest.mark.parametrize("expected", ["", "soon", "2020-01-01T00:00:00Z"])
    def test_no_other_time_is_told(self, logged_in, soon, expected):
        path = reverse("job_late", args=[soon.pk])
        page = logged_in(soon.partner.user).post(path, {"expected": expected}, follow=True)
        assert "toast warning" in page.content.decode()
        assert Job.objects.get().expected_at is None


class TestTheFirstContact:
    def test_missing_it_is_shown_until_it_is_made(self, logged_in, visit):
        partner = logged_in(visit.partner.user)
        visits.note_missing_contacts(now=visit.contact_due_at)
        for args in (("partner_dashboard",), ("job_detail", visit.pk)):
            assert "Your client is waiting for a word from you" in page_text(partner, *args)
        write(partner, visit)
        for args in (("partner_dashboard",), ("job_detail", visit.pk)):
            assert "Your client is waiting for a word from you" not in page_text(partner, *args)


class TestOtherPeoplesVisits:
    @pytest.mark.parametrize(
        "name", ["job_confirm_time", "job_propose_times", "job_propose_extra", "job_set_off", "job_late"]
    )
    def test_a_partner_does_nothing_to_another_ones(self, logged_in, visit, name):
        before = Job.objects.values().get(pk=visit.pk)
        stranger = logged_in(PartnerFactory.create().user)
        assert stranger.post(reverse(name, args=[visit.pk])).status_code == 404
        assert Job.objects.values().get(pk=visit.pk) == before

    def test_a_stranger_answers_nothing(self, logged_in, visit):
        now = timezone.now()
        extra = visits.propose_extra(
            job_id=visit.pk, partner=visit.partner, text="Cable", price=5, submission_key=uuid4(), now=now
        )
        proposal = visits.propose_times(
            job_id=visit.pk, partner=visit.partner, starts=[in_days(4)], note="", now=now
        )
        option = proposal.options.get()
        for stranger in (UserFactory.create(), PartnerFactory.create().user):
            for name, pk in (
                ("extra_approve", extra.pk),
                ("extra_decline", extra.pk),
                ("extra_withdraw", extra.pk),
                ("time_accept", option.pk),
                ("times_decline", proposal.pk),
                ("times_withdraw", proposal.pk),
            ):
                assert logged_in(stranger).post(reverse(name, args=[pk])).status_code == 404
