"""Whoever waits for help in a town is told once, when somebody comes; and is forgotten afterwards."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mila.mails import render
from mila.notifications.models import Notification
from mila.notifications.services import send_due
from partners.interest.policy import KEPT_AFTER_TELLING, KEPT_WAITING, MOST_ASKED
from partners.interest.services import (
    SomebodyComesAlready,
    UnknownToken,
    ask_to_be_told,
    forget_interest,
    forget_old_interests,
    interest_of,
    tell_interested,
    token_of,
)
from partners.models import City, CityInterest, Partner, Skill
from partners.policy import PartnerStatus
from partners.services import change_status
from tests.factories import NOW, PartnerFactory, city, place

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=3)


def ask(email: str = "kim@example.org", postcode: str = "8001", skill: str = "network", **options) -> None:
    ask_to_be_told(
        email=email,
        place=place(postcode),
        skill=Skill.objects.get(slug=skill),
        **{"language": "de", "now": NOW} | options,
    )


class TestAsking:
    def test_asking_twice_is_asking_once_however_the_address_is_written(self):
        ask("kim@example.org")
        ask("  Kim@Example.org ", now=LATER)

        [interest] = CityInterest.objects.all()
        assert (interest.email, interest.created_at) == ("kim@example.org", NOW)

    def test_another_place_or_skill_is_another_request(self):
        ask()
        ask(postcode="4001")
        ask(skill="tv")

        assert CityInterest.objects.count() == 3

    def test_whoever_was_told_is_not_told_again(self):
        """Or anybody could fill a stranger's mailbox."""
        partner = PartnerFactory.create(status=PartnerStatus.APPLICANT)
        ask()
        for status in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED):
            Partner.objects.filter(pk=partner.pk).update(status=status)
            tell_interested(now=NOW)
        ask(now=LATER, language="it")
        Partner.objects.filter(pk=partner.pk).update(status=PartnerStatus.ACTIVE)

        assert tell_interested(now=LATER) == 0
        assert [n.language for n in Notification.objects.all()] == ["de"]

    def test_where_somebody_comes_already_there_is_nothing_to_wait_for(self):
        PartnerFactory.create()
        with pytest.raises(SomebodyComesAlready):
            ask()
        ask(skill="tv", postcode="4001")

        assert CityInterest.objects.count() == 1

    def test_an_address_waits_for_no_more_than_it_may(self):
        places = [place(str(code)) for code in ("8001", "4001", "3000", "6900")]
        skills = list(Skill.objects.all())
        for number in range(MOST_ASKED + 5):
            ask_to_be_told(
                email="kim@example.org",
                place=places[number // len(skills)],
                skill=skills[number % len(skills)],
                language="fr",
                now=NOW,
            )

        assert CityInterest.objects.count() == MOST_ASKED


class TestTelling:
    def test_it_is_told_once_and_in_the_language_of_the_request(self, mailoutbox):
        ask()
        assert tell_interested(now=NOW) == 0
        PartnerFactory.create()

        assert tell_interested(now=LATER) == 1
        assert tell_interested(now=LATER) == 0
        assert send_due(now=LATER, render=render) == 1
        [mail] = mailoutbox
        [notification] = Notification.objects.all()
        assert mail.to == ["kim@example.org"]
        assert notification.recipient is None
        assert notification.language == "de"
        assert CityInterest.objects.get().told_at == LATER

    @pytest.mark.parametrize(
        "partner",
        [
            {"status": PartnerStatus.APPLICANT},
            {"status": PartnerStatus.SUSPENDED},
            {"skills": ["tv"]},
            {"city": "basel"},
            {"radius_km": 1, "latitude": 47.60, "longitude": 8.54},
            {"postcodes": ["8032"]},
        ],
    )
    def test_nobody_is_told_of_somebody_who_would_not_come(self, partner):
        if "city" in partner:
            partner = {"city": city(partner["city"])}
        PartnerFactory.create(**partner)
        ask()

        assert tell_interested(now=LATER) == 0
        assert not Notification.objects.exists()

    @pytest.mark.parametrize("partner", [{"postcodes": ["8001"]}, {"radius_km": 50}])
    def test_whoever_comes_by_postcode_or_by_radius_counts(self, partner):
        ask()
        PartnerFactory.create(**partner)

        assert tell_interested(now=LATER) == 1

    def test_becoming_active_is_enough(self):
        partner: Partner = PartnerFactory.create(status=PartnerStatus.APPLICANT)
        ask()
        change_status(partner=partner, new=PartnerStatus.ACTIVE, actor=None, reason="", now=NOW)

        assert tell_interested(now=LATER) == 1

    def test_learning_the_skill_is_enough(self):
        partner: Partner = PartnerFactory.create(skills=["tv"])
        ask()
        partner.skills.add(Skill.objects.get(slug="network"))

        assert tell_interested(now=LATER) == 1

    def test_a_town_far_from_every_city_waits_until_it_has_one(self):
        far = place("7500")
        assert far.city is None
        zurich: Partner = PartnerFactory.create(postcodes=["7500"])
        ask(postcode="7500")
        assert tell_interested(now=NOW) == 0
        far.city = zurich.city
        far.save(update_fields=["city"])

        assert tell_interested(now=LATER) == 1

    def test_a_closed_city_tells_nobody(self):
        PartnerFactory.create()
        City.objects.update(is_open=False)
        ask()

        assert tell_interested(now=LATER) == 0

    def test_who_does_not_fit_into_one_run_is_told_by_the_next(self):
        for number in range(5):
            ask(f"person{number}@example.org")
        PartnerFactory.create()

        assert [tell_interested(now=LATER, limit=3) for _run in range(3)] == [3, 2, 0]


class TestForgetting:
    def test_the_link_erases_everything_of_its_address_and_nothing_else(self):
        ask()
        ask(postcode="4001")
        ask("robin@example.org")
        PartnerFactory.create()
        tell_interested(now=NOW)
        interest = CityInterest.objects.filter(email="kim@example.org").first()
        assert interest is not None

        assert forget_interest(interest_id=interest_of(token_of(interest)))
        assert not forget_interest(interest_id=interest.pk)

        assert {one.email for one in CityInterest.objects.all()} == {"robin@example.org"}
        assert {one.email for one in Notification.objects.all()} == {"robin@example.org"}

    @pytest.mark.parametrize("token", ["", "1", "1:x:y", "None"])
    def test_a_link_that_is_not_ours_proves_nothing(self, token):
        with pytest.raises(UnknownToken):
            interest_of(token)

    def test_whoever_was_told_is_forgotten_after_a_month(self):
        ask()
        PartnerFactory.create()
        tell_interested(now=NOW)

        assert forget_old_interests(now=NOW + KEPT_AFTER_TELLING) == 0
        assert forget_old_interests(now=NOW + KEPT_AFTER_TELLING + timedelta(seconds=1)) == 1
        assert not CityInterest.objects.exists()
        assert not Notification.objects.exists()

    def test_whoever_waits_is_forgotten_after_two_years(self):
        ask()

        assert forget_old_interests(now=NOW + KEPT_WAITING) == 0
        assert forget_old_interests(now=NOW + KEPT_WAITING + timedelta(seconds=1)) == 1

    def test_messages_to_people_with_an_account_stay(self):
        partner = PartnerFactory.create()
        Notification.objects.create(
            recipient=partner.user, kind="help_available", key="k", created_at=NOW, due_at=NOW
        )

        forget_old_interests(now=timezone.now() + KEPT_WAITING)

        assert Notification.objects.count() == 1


@pytest.mark.parametrize(
    "addressee",
    [{}, {"email": "a@example.org"}, {"language": "fr"}, {"email": "a@example.org", "user": True}],
)
def test_a_message_has_one_addressee_and_a_language(addressee):
    user = PartnerFactory.create().user if addressee.pop("user", False) else None
    message = Notification(
        recipient=user, kind="help_available", key="k", created_at=NOW, due_at=NOW, **addressee
    )
    with pytest.raises(IntegrityError, match="message_has_one_addressee"), transaction.atomic():
        message.save()
