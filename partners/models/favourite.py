"""Whom a client would like to have again."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mila.accounts.models import User
from partners.models.partner import Partner

NOT_ONESELF = """
    IF EXISTS (SELECT 1 FROM partners_partner WHERE id = NEW.partner_id AND user_id = NEW.client_id) THEN
        RAISE EXCEPTION 'Nobody is their own favourite';
    END IF;
    RETURN NEW;
"""


class FavouriteQuerySet(models.QuerySet["Favourite"]):
    def of_client(self, client: User) -> "FavouriteQuerySet":
        return self.filter(client=client)


class Favourite(models.Model):
    """A client's own list of partners. It is theirs alone: neither the ranking nor any rule reads it (C1, C11)."""

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="favourites",
        db_index=False,
        verbose_name=_("client"),
    )
    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        related_name="favourite_of",
        db_index=False,
        verbose_name=_("partner"),
    )
    created_at = models.DateTimeField(verbose_name=_("kept since"))

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        indexes = [models.Index(fields=["client", "-created_at", "-id"], name="favourites_of_a_client")]
        constraints = [
            models.UniqueConstraint(fields=["client", "partner"], name="a_partner_is_a_favourite_once")
        ]
        triggers = [
            pgtrigger.Trigger(
                name="nobody_is_their_own_favourite",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=NOT_ONESELF,
            )
        ]

    def __str__(self) -> str:
        return f"{self.client_id} → {self.partner_id}"
