"""The track record: one narrow row per acceptance, and the counters kept beside it."""

from datetime import datetime

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from mila.lib import protection
from mila.lib.choices import choices_of
from mila.lib.transitions import Transition
from orders.labels import JOB_STATES
from orders.models.order import Order
from orders.policy import COUNTING_AGAINST, JobState, Outcome
from partners.models import City, Partner

WITHOUT_CONTACT = Q(
    contact_overdue_at__isnull=False,
    first_contact_at__isnull=True,
    checked_in_at__isnull=True,
    outcome__isnull=True,
)


class JobQuerySet(models.QuerySet["Job"]):
    def of_partner(self, partner: Partner) -> "JobQuerySet":
        return self.filter(partner=partner)

    def between(self, user: User) -> "JobQuerySet":
        """Booked jobs in which this person is one of the two sides."""
        return self.filter(Q(partner__user=user) | Q(order__client=user), order__isnull=False)

    def alive(self) -> "JobQuerySet":
        """Accepted and without outcome."""
        return self.filter(outcome__isnull=True)

    def without_contact(self) -> "JobQuerySet":
        """To come, and the partner has let the time for the first contact pass without making it since (C5)."""
        return self.filter(WITHOUT_CONTACT)

    def completed(self) -> "JobQuerySet":
        return self.filter(outcome=Outcome.COMPLETED)

    def ended(self) -> "JobQuerySet":
        return self.filter(outcome__isnull=False)

    def in_state(self, state: JobState) -> "JobQuerySet":
        """The ended ones whose `Job.state` is this: what staff excused later counts as excused."""
        if state is JobState.EXCUSED:
            return self.filter(Q(outcome=Outcome.EXCUSED) | Q(excused_at__isnull=False))
        return self.filter(outcome=state.value, excused_at__isnull=True)

    def latest_ended_first(self) -> "JobQuerySet":
        return self.ended().order_by("-outcome_at", "-id")

    def latest_completed_first(self) -> "JobQuerySet":
        """The order of the window: of two at one instant, the one recorded later is later."""
        return self.completed().order_by("-outcome_at", "-id")


class Job(models.Model):
    """One partner's acceptance of one order, and what became of it.

    The facts of `policy: facts`. `client_stars` are set when the client's rating is published, never before.
    A recorded cancellation or no-show that ops lift later keeps its outcome and gets `excused_at`: from then on it
    counts as excused. An imported job has no order and no slot.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="jobs", db_index=False, verbose_name=_("partner")
    )
    order = models.ForeignKey(
        Order,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="jobs",
        db_index=False,
        verbose_name=_("order"),
    )
    accepted_at = models.DateTimeField(verbose_name=_("accepted on"))
    slot = DateTimeRangeField(null=True, blank=True, verbose_name=_("time of the visit"))  # type: ignore[misc]  # of the stubs
    contact_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_(
            "Until when the partner makes first contact; cleared by it, by the sweep and by the end."
        ),
        verbose_name=_("first contact due"),
    )
    contact_overdue_at = models.DateTimeField(
        null=True, blank=True, verbose_name=_("first contact overdue since")
    )
    first_contact_at = models.DateTimeField(null=True, blank=True, verbose_name=_("first contact on"))
    time_confirmed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("time confirmed on"))
    expected_at = models.DateTimeField(null=True, blank=True, verbose_name=_("late, expected at"))
    on_the_way_at = models.DateTimeField(null=True, blank=True, verbose_name=_("on the way since"))
    checked_in_at = models.DateTimeField(null=True, blank=True, verbose_name=_("checked in on"))
    outcome = models.CharField(  # noqa: DJ001 - no outcome yet is not an outcome
        max_length=16,
        null=True,
        blank=True,
        choices=choices_of(Outcome, JOB_STATES),
        verbose_name=_("outcome"),
    )
    outcome_at = models.DateTimeField(null=True, blank=True, verbose_name=_("ended on"))
    excused_at = models.DateTimeField(null=True, blank=True, verbose_name=_("excused on"))
    client_stars = models.PositiveSmallIntegerField(null=True, blank=True, verbose_name=_("client's stars"))
    stars_published_at = models.DateTimeField(null=True, blank=True, verbose_name=_("stars published on"))
    stars_ruled_out_at = models.DateTimeField(null=True, blank=True, verbose_name=_("stars ruled out on"))
    import_reference = models.CharField(  # noqa: DJ001 - unique if given
        max_length=80, null=True, blank=True, verbose_name=_("reference in the former system")
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(
                F("partner"),
                F("outcome_at").desc(),
                F("id").desc(),
                name="jobs_in_the_window",
                condition=Q(outcome=Outcome.COMPLETED),
                include=["client_stars", "stars_published_at", "stars_ruled_out_at"],
            ),
            models.Index(fields=["partner", "accepted_at"], name="jobs_by_acceptance"),
            models.Index(
                fields=["partner", "outcome_at"],
                name="jobs_counting_against",
                condition=Q(outcome__in=sorted(COUNTING_AGAINST)),
                include=["outcome", "excused_at"],
            ),
            models.Index(fields=["order"], name="jobs_of_an_order", condition=Q(order__isnull=False)),
            models.Index(
                fields=["contact_due_at"],
                name="jobs_by_contact_due",
                condition=Q(contact_due_at__isnull=False),
            ),
            models.Index(
                fields=["contact_overdue_at"],
                name="jobs_without_contact",
                condition=WITHOUT_CONTACT,
            ),
        ]
        # A check passes when it comes out as unknown, so each names the columns that must not be empty.
        constraints = [
            # No `unique=True`: it brings a second index, for LIKE, which nobody asks.
            models.UniqueConstraint(
                fields=["import_reference"],
                name="an_imported_job_is_recorded_once",
                condition=Q(import_reference__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["order"],
                name="one_alive_job_per_order",
                condition=Q(order__isnull=False) & (Q(outcome__isnull=True) | Q(outcome=Outcome.COMPLETED)),
            ),
            ExclusionConstraint(
                name="job_slots_of_a_partner_do_not_overlap",
                expressions=[("partner", RangeOperators.EQUAL), ("slot", RangeOperators.OVERLAPS)],
                condition=Q(outcome__isnull=True, slot__isnull=False),
                # Checked at the end of a statement: two visits may change places in one.
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True, outcome_at__isnull=True)
                | Q(
                    outcome__isnull=False,
                    outcome__in=[o.value for o in Outcome],
                    outcome_at__isnull=False,
                    outcome_at__gte=F("accepted_at"),
                ),
                name="job_outcome_has_an_instant_after_acceptance",
            ),
            models.CheckConstraint(
                condition=Q(client_stars__isnull=True, stars_published_at__isnull=True)
                | Q(
                    client_stars__isnull=False,
                    client_stars__range=(1, 5),
                    stars_published_at__isnull=False,
                    outcome__isnull=False,
                    outcome=Outcome.COMPLETED,
                ),
                name="job_stars_are_one_to_five_and_of_completed_jobs",
            ),
            models.CheckConstraint(
                condition=Q(stars_ruled_out_at__isnull=True) | Q(stars_published_at__isnull=False),
                name="only_published_stars_are_ruled_out",
            ),
            models.CheckConstraint(
                condition=Q(excused_at__isnull=True)
                | Q(
                    outcome__isnull=False,
                    outcome__in=sorted(COUNTING_AGAINST),
                    excused_at__gte=F("outcome_at"),
                ),
                name="only_outcomes_that_count_are_excused_later",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(slot__isnull=False), name="booked_jobs_have_a_slot"
            ),
            models.CheckConstraint(
                condition=Q(contact_due_at__isnull=True)
                | Q(outcome__isnull=True, first_contact_at__isnull=True, contact_overdue_at__isnull=True),
                name="contact_is_due_while_it_is_missing_only",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="outcome_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__outcome__isnull=False)
                & (
                    pgtrigger.Q(old__outcome__df=pgtrigger.F("new__outcome"))
                    | pgtrigger.Q(old__outcome_at__df=pgtrigger.F("new__outcome_at"))
                ),
            ),
            pgtrigger.Protect(
                name="published_stars_are_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__client_stars__isnull=False)
                & (
                    pgtrigger.Q(old__client_stars__df=pgtrigger.F("new__client_stars"))
                    | pgtrigger.Q(old__stars_published_at__df=pgtrigger.F("new__stars_published_at"))
                ),
            ),
            protection.never_deleted(),
        ]

    def __str__(self) -> str:
        return gettext("job %(number)s") % {"number": self.pk}

    @property
    def starts_at(self) -> datetime | None:
        return self.slot.lower if self.slot else None

    @property
    def lacks_contact(self) -> bool:
        """The one of `JobQuerySet.without_contact`."""
        return (
            self.state is JobState.ACCEPTED
            and self.contact_overdue_at is not None
            and self.first_contact_at is None
        )

    @property
    def state(self) -> JobState:
        if self.outcome:
            return JobState.EXCUSED if self.excused_at else JobState(self.outcome)
        return JobState.CHECKED_IN if self.checked_in_at else JobState.ACCEPTED


class JobTransition(Transition):
    """Every change of a job's state, with who and why. Imported jobs have none."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="transitions", verbose_name=_("job"))

    class Meta(Transition.Meta):
        verbose_name = _("step of a job")
        verbose_name_plural = _("steps of a job")
        triggers = [protection.append_only()]


class PartnerTally(models.Model):
    """Lifetime counts of a partner, kept in the transaction of each fact, under the partner's lock.

    They hold at every T >= `latest_fact_at`; for an earlier T the facts are counted. `verify` recounts them.
    The city is the partner's, which never changes: a city's average is then read from this narrow table alone.
    """

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, primary_key=True, related_name="tally")
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="+", db_index=False, editable=False)
    accepted = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    no_shows = models.PositiveIntegerField(default=0)
    latest_fact_at = models.DateTimeField()
    last_accepted_at = models.DateTimeField(
        null=True, help_text="Of the latest job; the ranking asks for it."
    )

    class Meta:
        verbose_name_plural = "partner tallies"
        triggers = [
            pgtrigger.Trigger(
                name="city_is_the_partners",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("theirs", "bigint")],
                func="""
                    SELECT city_id INTO theirs FROM partners_partner WHERE id = NEW.partner_id;
                    IF NEW.city_id <> theirs THEN
                        RAISE EXCEPTION 'A tally of another city than its partner''s';
                    END IF;
                    NEW.city_id := theirs;
                    RETURN NEW;
                """,
            ),
            pgtrigger.ReadOnly(name="city_is_fixed", fields=["city"]),
        ]

    def __str__(self) -> str:
        return f"tally of {self.partner_id}"
