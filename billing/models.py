"""The backbone of the books: dated commission rates and an append-only, balanced ledger."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.policy import Account
from mila.lib import protection
from mila.lib.choices import Labels, choices_of
from mila.lib.money import CURRENCY
from mila.lib.templatetags.mila import percent
from orders.models import Job
from partners.models import City, Partner

ACCOUNTS: Labels = {
    "client_receivable": _("owed by the client"),
    "partner_payable": _("owed to the partner"),
    "commission": _("commission"),
}


class CommissionRateQuerySet(models.QuerySet["CommissionRate"]):
    def in_force_at(self, at: datetime) -> "CommissionRateQuerySet":
        return self.filter(in_force_from__lte=at).order_by("city_id", "-in_force_from").distinct("city_id")


class CommissionRate(models.Model):
    """The share of the price that the platform keeps, per city, from a date on (C27)."""

    city = models.ForeignKey(
        City, on_delete=models.PROTECT, related_name="commission_rates", verbose_name=_("city")
    )
    in_force_from = models.DateTimeField(verbose_name=_("in force from"))
    rate = models.DecimalField(max_digits=5, decimal_places=4, verbose_name=_("rate"))

    objects = CommissionRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission rate")
        verbose_name_plural = _("commission rates")
        ordering = ["city", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["city", "in_force_from"], name="one_commission_rate_of_a_city_from_an_instant"
            ),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=1), name="commission_rate_is_a_share"),
        ]
        triggers = [protection.append_only()]

    def __str__(self) -> str:
        return f"{self.city} {percent(self.rate)}"


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def earned_by(self, partner: Partner) -> "LedgerEntryQuerySet":
        """The partner's entries, each with `price`, `extras`, `total`, `commission` and `share`, positive."""
        commission = Posting.objects.filter(entry=OuterRef("pk"), account=Account.COMMISSION)
        mine = self.filter(postings__account=Account.PARTNER_PAYABLE, postings__partner=partner)
        return mine.annotate(
            share=-F("postings__amount"), commission=-Subquery(commission.values("amount"))
        ).annotate(
            price=F("job__order__price"),
            total=F("share") + F("commission"),
            extras=F("share") + F("commission") - F("job__order__price"),
        )


class LedgerEntry(models.Model):
    """One business event in the books; its postings sum to zero, checked when the transaction commits."""

    job = models.OneToOneField(
        Job, on_delete=models.PROTECT, related_name="ledger_entry", verbose_name=_("job")
    )
    posted_at = models.DateTimeField(verbose_name=_("posted on"))
    commission_rate = models.ForeignKey(
        CommissionRate, on_delete=models.PROTECT, related_name="+", verbose_name=_("commission rate")
    )

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-posted_at", "-id"]
        triggers = [protection.append_only()]

    def __str__(self) -> str:
        return gettext("entry %(number)s") % {"number": self.pk}


class Posting(models.Model):
    """One amount on one account."""

    entry = models.ForeignKey(
        LedgerEntry, on_delete=models.PROTECT, related_name="postings", verbose_name=_("entry")
    )
    account = models.CharField(
        max_length=20, choices=choices_of(Account, ACCOUNTS), verbose_name=_("account")
    )
    client = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("client"),
    )
    partner = models.ForeignKey(
        Partner,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="postings",
        verbose_name=_("partner"),
    )
    amount = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        help_text=_("Debit positive, credit negative."),
        verbose_name=_("amount"),
    )
    currency = models.CharField(max_length=3, default=CURRENCY, verbose_name=_("currency"))

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(fields=["entry", "account"], name="one_posting_per_entry_and_account"),
            models.CheckConstraint(
                condition=Q(account__in=[account.value for account in Account]),
                name="posting_account_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(account=Account.PARTNER_PAYABLE) | Q(partner__isnull=False),
                name="partner_postings_name_the_partner",
            ),
        ]
        indexes = [models.Index(fields=["partner", "-id"], name="postings_of_a_partner")]
        triggers = [
            protection.append_only(),
            pgtrigger.Trigger(
                name="entry_sums_to_zero",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT sum(amount) FROM billing_posting
                        WHERE entry_id = NEW.entry_id AND currency = NEW.currency) <> 0 THEN
                        RAISE EXCEPTION 'ledger entry % does not sum to zero', NEW.entry_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
