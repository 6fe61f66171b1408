"""Settings, all of them by environment; the table of variables is in the README.

Two modes: `demo` (the default, for demo, development and tests) needs nothing to be set and starts its
own servers; `production` takes everything from the environment and refuses what is unsafe.
"""

import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from mila.servers.joining import join
from mila.servers.places import POSTGRES_PORT, places_for

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

MILA_MODE = env.str("MILA_MODE", default="demo")
if MILA_MODE not in {"demo", "production"}:
    raise ImproperlyConfigured("MILA_MODE is either demo or production.")
PRODUCTION = MILA_MODE == "production"
DEBUG = env.bool("DEBUG", default=False)
MILA_DATA_DIR = Path(env.str("MILA_DATA_DIR", default=str(BASE_DIR / ".data"))).absolute()


def required(name: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"With MILA_MODE=production the environment variable {name} must be set.")
    return value


def kept_secret(file: Path) -> str:
    """A random key for demo and development, made once and kept in the data folder."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(60))
    return file.read_text()


if PRODUCTION:
    SECRET_KEY = required("SECRET_KEY")
    ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL"):
        required(name)
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off with MILA_MODE=production.")
else:
    SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(MILA_DATA_DIR / "secret_key")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "pgtrigger",
    "rest_framework",
    "mila.servers",
    "mila.accounts",
    "mila.notifications",
    "mila.sweeps",
    "partners",
    "orders",
    "ratings",
    "compliance",
    "billing",
]
# Rooms that are still being built.
INSTALLED_APPS = [app for app in INSTALLED_APPS if find_spec(app) and find_spec(app).origin]  # type: ignore[union-attr]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "mila.urls"
WSGI_APPLICATION = "mila.wsgi.application"
ASGI_APPLICATION = "mila.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- PostgreSQL and Redis -----------------------------------------------------------------------
SERVERS = places_for(MILA_DATA_DIR)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
if not (DATABASE_URL and REDIS_URL) and env.str("MILA_SERVERS", default="on") != "off":
    join(SERVERS)

DATABASES: dict[str, Any] = {
    "default": env.db_url_config(DATABASE_URL)
    if DATABASE_URL
    else {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "mila",
        "USER": "mila",
        "HOST": str(SERVERS.sockets),
        "PORT": str(POSTGRES_PORT),
    }
}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}

REDIS_BROKER_DB, REDIS_CACHE_DB = 0, 2


def redis_database(number: int, *, for_celery: bool = False) -> str:
    """The address of one Redis database, in Celery's or redis-py's way of writing it."""
    if REDIS_URL:
        return f"{REDIS_URL.rstrip('/')}/{number}"
    if for_celery:
        return f"redis+socket://{SERVERS.redis_socket}?virtual_host={number}"
    return f"unix://{SERVERS.redis_socket}?db={number}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_database(REDIS_CACHE_DB),
        "KEY_PREFIX": "mila",
    }
}

CELERY_BROKER_URL = redis_database(REDIS_BROKER_DB, for_celery=True)

# --- Users --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

# --- Language, time, formats --------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("fr", "Français"), ("de", "Deutsch"), ("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "Europe/Zurich"

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "frontend"] if (BASE_DIR / "frontend").exists() else []
