"""Who can log in. What a person may do follows from what hangs on the user: a partner, or staff rights."""

from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import connection, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from mila.lib.prepared import Prepared
from mila.lib.rows import columns_of, row_of, rows_from

LANGUAGES = [("fr", "Français"), ("de", "Deutsch"), ("it", "Italiano"), ("en", "English")]


_WITH_ROLES = """
SELECT {columns},
       EXISTS (SELECT FROM {partner} WHERE user_id = person.id) AS has_partner,
       EXISTS (SELECT FROM {applications} WHERE user_id = person.id) AS has_applied
  FROM {user} person WHERE id = %s"""


@cache
def _with_roles(user: type[models.Model]) -> Prepared:
    """With tables of apps above this one, found by what hangs on a user."""
    above: dict[str, Any] = {
        name: user._meta.get_field(name).related_model for name in ("partner", "applications")
    }
    tables = {"user": user._meta.db_table} | {name: model._meta.db_table for name, model in above.items()}
    return Prepared(_WITH_ROLES.format(columns=columns_of(user, "person"), **tables))


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail; there is no user name."""

    def with_roles(self, pk: Any) -> "User | None":
        """This person with what every page asks: the partner that hangs on them, and whether there is an application.

        By one prepared statement, since every page asks it.
        """
        with connection.cursor() as cursor:
            _with_roles(self.model).run(cursor, [pk])
            found = rows_from(cursor, self.model, "has_partner", "has_applied")
        if not found:
            return None
        user = found[0]
        relation: Any = self.model._meta.get_field("partner")
        partner = None
        if user.__dict__["has_partner"]:
            partner = row_of(relation.related_model, "city", user=pk)
        if partner is not None:
            partner.user = user
        relation.set_cached_value(user, partner)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: e-mail login, language of mails and pages, time zone of times shown."""

    email = models.EmailField(max_length=254, unique=True, verbose_name=_("e-mail"))
    first_name = models.CharField(max_length=60, blank=True, verbose_name=_("first name"))
    last_name = models.CharField(max_length=60, blank=True, verbose_name=_("last name"))
    phone = models.CharField(max_length=20, blank=True, verbose_name=_("phone"))
    language = models.CharField(max_length=2, choices=LANGUAGES, default="fr", verbose_name=_("language"))
    time_zone = models.CharField(max_length=40, default="Europe/Zurich", verbose_name=_("time zone"))
    is_staff = models.BooleanField(default=False, verbose_name=_("staff"))
    is_active = models.BooleanField(default=True, verbose_name=_("may log in"))
    joined_at = models.DateTimeField(default=timezone.now, verbose_name=_("joined on"))

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name

    @property
    def is_partner(self) -> bool:
        return hasattr(self, "partner")

    @cached_property
    def has_applied(self) -> bool:
        """Whether this person, who is no partner, has begun or sent an application to become one, or was refused."""
        return self.applications.exists()
