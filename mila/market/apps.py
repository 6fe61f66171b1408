from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "mila.market"
