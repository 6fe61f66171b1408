from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SweepsConfig(AppConfig):
    name = "mila.sweeps"
    verbose_name = _("Sweeps")
    default_auto_field = "django.db.models.BigAutoField"
