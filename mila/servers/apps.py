from django.apps import AppConfig


class ServersConfig(AppConfig):
    name = "mila.servers"
