"""The outbox: a message to a person is a row written together with the fact that causes it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def to_send(self) -> "NotificationQuerySet":
        """Neither sent nor given up, due or not."""
        return self.filter(sent_at__isnull=True, dead_at__isnull=True)

    def dead(self) -> "NotificationQuerySet":
        return self.filter(dead_at__isnull=False)


class Notification(models.Model):
    """One message to one recipient, or to the address of somebody without an account, in their language.

    `payload` holds ids only; the words are made when it is sent.

    `key` makes writing it idempotent: the same key is written once. A sender claims a row by setting
    `claimed_at`; a claim older than a minute is void (its worker died) and the row is claimed again.
    After three failures the row is dead (`dead_at`) and waits for ops.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="notifications",
        verbose_name=_("recipient"),
    )
    email = models.EmailField(
        blank=True,
        db_default="",
        help_text=_("Of somebody without an account."),
        verbose_name=_("e-mail"),
    )
    language = models.CharField(max_length=2, blank=True, db_default="", verbose_name=_("language"))
    kind = models.CharField(max_length=40, verbose_name=_("kind"))
    payload = models.JSONField(default=dict, verbose_name=_("ids"))
    channel = models.CharField(
        max_length=10, choices=Channel.choices, default=Channel.EMAIL, verbose_name=_("channel")
    )
    key = models.CharField(max_length=120, unique=True, verbose_name=_("key"))
    created_at = models.DateTimeField(verbose_name=_("created on"))
    due_at = models.DateTimeField(verbose_name=_("due"))
    claimed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("claimed on"))
    sent_at = models.DateTimeField(null=True, blank=True, verbose_name=_("sent on"))
    dead_at = models.DateTimeField(null=True, blank=True, verbose_name=_("given up on"))
    attempts = models.PositiveSmallIntegerField(default=0, verbose_name=_("attempts"))
    last_error = models.CharField(max_length=200, blank=True, verbose_name=_("last error"))

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, email="", language="")
                | (Q(recipient__isnull=True) & ~Q(email="") & ~Q(language="")),
                name="message_has_one_addressee",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="notifications_to_send",
                condition=Q(sent_at__isnull=True, dead_at__isnull=True),
            ),
            models.Index(fields=["recipient", "-created_at"], name="notifications_of_recipient"),
            models.Index(fields=["email"], name="notifications_of_address", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Mail(models.Model):
    """A mail as it left the house, kept where no mail server is configured (the demo), for ops to read.

    `message_id` is derived from the notification: sending it twice keeps one mail.
    """

    message_id = models.CharField(max_length=200, unique=True, verbose_name=_("message id"))
    sent_at = models.DateTimeField(verbose_name=_("sent on"))
    to = models.EmailField(verbose_name=_("to"))
    subject = models.CharField(max_length=300, verbose_name=_("subject"))
    text = models.TextField(verbose_name=_("text"))
    html = models.TextField(blank=True, verbose_name=_("HTML"))

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-sent_at", "-id"]

    def __str__(self) -> str:
        return self.subject
