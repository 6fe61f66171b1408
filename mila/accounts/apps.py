from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mila.accounts"
    default_auto_field = "django.db.models.BigAutoField"
