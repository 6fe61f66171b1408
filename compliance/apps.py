from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = _("Rules and decisions")
    default_auto_field = "django.db.models.BigAutoField"
