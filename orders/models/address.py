"""Where a client lets partners come to, kept for the next booking."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from partners.models import Place


class ClientAddressQuerySet(models.QuerySet["ClientAddress"]):
    def of_client(self, client: User) -> "ClientAddressQuerySet":
        return self.filter(client=client)

    def likeliest_first(self) -> "ClientAddressQuerySet":
        """The default one, then as they were used last, those never used at the end."""
        return self.order_by("-is_default", models.F("last_used_at").desc(nulls_last=True), "-id")


class ClientAddress(models.Model):
    """A street in a place. Orders keep a copy of their own: changing an address changes no order."""

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="addresses",
        db_index=False,
        verbose_name=_("client"),
    )
    label = models.CharField(max_length=40, blank=True, verbose_name=_("name"))
    street = models.CharField(max_length=120, verbose_name=_("street"))
    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("place")
    )
    is_default = models.BooleanField(default=False, verbose_name=_("default"))
    last_used_at = models.DateTimeField(null=True, blank=True, verbose_name=_("last used on"))

    objects = ClientAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address of a client")
        verbose_name_plural = _("addresses of clients")
        constraints = [
            models.UniqueConstraint(
                "client", Lower("street"), "place", name="an_address_of_a_client_is_kept_once"
            ),
            models.UniqueConstraint(
                fields=["client"], condition=Q(is_default=True), name="a_client_has_one_default_address"
            ),
            models.CheckConstraint(condition=~Q(street=""), name="an_address_has_a_street"),
        ]

    def __str__(self) -> str:
        return f"{self.street}, {self.place}"
