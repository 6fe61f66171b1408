"""Settings, all of them by environment; the table of variables is in the README.

Two modes: `demo` (the default, for demo, development and tests) needs nothing to be set and starts its
own servers; `production` takes everything from the environment and refuses what is unsafe.
"""

import contextlib
import logging
import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from mila import logs, theme
from mila.lib.redis import RedisAddresses
from mila.servers.joining import join
from mila.servers.places import make_folder, places_for

# Lets annotations say of what a queryset, a form or an admin is: `ModelForm[Partner]`.
django_stubs_ext.monkeypatch()

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
    """The value of a variable that production can't do without."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"With MILA_MODE=production the environment variable {name} must be set.")
    return value


def kept_secret(file: Path) -> str:
    """A random key for demo and development, made once and kept in the data folder."""
    if not file.exists():
        make_folder(file.parent)
        partial = file.with_name(f"{file.name}.{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_urlsafe(60))
        with contextlib.suppress(FileExistsError):
            # Of two commands that start at once, one key wins.
            os.link(partial, file)
        partial.unlink()
    return file.read_text()


if PRODUCTION:
    SECRET_KEY = required("SECRET_KEY")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10:
        raise ImproperlyConfigured("SECRET_KEY must be random and at least 50 characters long.")
    ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS").split(",")]
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name hosts; * would accept any Host header.")
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
    "django.contrib.sitemaps",
    # For the templates of widgets, which FORM_RENDERER finds through the apps.
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "pgtrigger",
    "rest_framework",
    "mila",
    "mila.servers",
    "mila.accounts",
    "mila.notifications",
    "mila.sweeps",
    "partners",
    "orders",
    "ratings",
    "compliance",
    "billing",
    "mila.market",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mila.middleware.AdminContentPolicy",
    "mila.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mila.language.AccountLanguage",
    # Default deny: what the table of mila.access does not name is refused.
    "mila.access.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "mila.urls"
WSGI_APPLICATION = "mila.wsgi.application"
ASGI_APPLICATION = "mila.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "mila.lib.forms.Renderer"
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
                "mila.appearance.appearance",
                "mila.pages.navigation.navigation",
                "mila.pages.unfinished.unfinished",
            ],
            "libraries": {"mila": "mila.lib.templatetags.mila"},
        },
    },
]

# --- PostgreSQL and Redis: our own, embedded, unless both are given -----------------------------
SERVERS = places_for(MILA_DATA_DIR)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
if not (DATABASE_URL and REDIS_URL) and env.str("MILA_SERVERS", default="on") != "off":
    join(SERVERS)

database: dict[str, Any] = env.db_url_config(DATABASE_URL or SERVERS.database_url())
database |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
# A host that was cut off closes no connection. Both ends notice within half a minute: this one gives up waiting for an
# answer, and the server, told so at the start of each connection, ends the transaction and lets go of its locks.
# Without this either would wait for a quarter of an hour, or for two hours. A Unix socket ignores it all.
SILENT_PEER = {"idle": 10, "interval": 5, "count": 3}
SILENT_PEER_MS = 1000 * (SILENT_PEER["idle"] + SILENT_PEER["interval"] * SILENT_PEER["count"])
# A process that hangs while its host is well: no work of ours pauses for minutes inside a transaction.
HANGING_MS = 10 * 60 * 1000
postgres_parameters = {
    # Each trigger asks whether to be ignored. Unset, that costs a subtransaction that fails: 0.1 ms a row in an import.
    "pgtrigger.ignore": "{}",
    # What is prepared (ADR 21) is planned once for all values; by itself PostgreSQL would plan some of it each time.
    "plan_cache_mode": "force_generic_plan",
    **{f"tcp_keepalives_{name}": value for name, value in SILENT_PEER.items()},
    "tcp_user_timeout": SILENT_PEER_MS,
    "idle_in_transaction_session_timeout": HANGING_MS,
}
database["OPTIONS"] = {
    "connect_timeout": 5,
    **{f"keepalives_{name}": value for name, value in SILENT_PEER.items()},
    "tcp_user_timeout": SILENT_PEER_MS,
    "application_name": "mila",
    "options": " ".join(f"-c {name}={value}" for name, value in postgres_parameters.items()),
} | database.get("OPTIONS", {})
DATABASES = {"default": database}

redis_addresses = RedisAddresses(REDIS_URL or SERVERS.redis_url())
IN_PROCESS = "dummy.DummyCache" if DEBUG else "locmem.LocMemCache"
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "mila.lib.cache.ForgivingRedisCache",
        "LOCATION": redis_addresses.cache(),
        "KEY_PREFIX": "mila",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    },
    # For what every page repeats word for word: the head, and pieces that depend on nothing but the language.
    "process": {"BACKEND": f"django.core.cache.backends.{IN_PROCESS}"},
}

# What has changed is told through a channel; the live process hears it (mila.lib.watching, mila.live).
WATCHING_URL = redis_addresses.cache()
WATCHING_CHANNEL = redis_addresses.channel("mila-watching")

# --- Celery: the database is the to-do list, a lost message costs only promptness -----------------
CELERY_BROKER_URL = redis_addresses.broker()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A Redis that no longer answers is given up and looked for again; a worker waits for a message for one second.
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 2 * CELERY_TASK_TIME_LIMIT,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
# In memory: all schedules are short or guarded by a row per period, so no file must survive.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# Tests press no bells unless they ask for it.
DOORBELL = env.bool("MILA_DOORBELL", default=True)

# --- Users ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["mila.accounts.backends.ByPassword", "mila.accounts.backends.ByAllauth"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "first_name", "last_name"]}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
ACCOUNT_ADAPTER = "mila.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "mila.accounts.entering.LoginForm",
    "signup": "mila.accounts.entering.SignupForm",
    "add_email": "mila.accounts.entering.AddEmailForm",
    "reset_password": "mila.accounts.entering.ResetPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Only mandatory verification keeps the forms from telling who has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# Beside allauth's own: a form that makes us write to an address which nobody has confirmed.
ACCOUNT_RATE_LIMITS = {"ask_to_be_told": "20/h/ip,10/d/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "mila"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

# --- Language, time, formats --------------------------------------------------------------------
# English is the language of the source texts; LANGUAGE_CODE is what a visitor without a preference sees.
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="fr")
LANGUAGES = [("fr", "Français"), ("de", "Deutsch"), ("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
FORMAT_MODULE_PATH = "mila.formats"
USE_TZ = True
# For display only: the database keeps UTC.
TIME_ZONE = "Europe/Zurich"

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
# Of django-leaflet only the files: its app wants GDAL.
leaflet = find_spec("leaflet")
LEAFLET_FILES = [Path(folder) / "static" for folder in (leaflet and leaflet.submodule_search_locations) or ()]
STATICFILES_DIRS = [BASE_DIR / "frontend", *LEAFLET_FILES]
AS_IN_THE_TREE = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": AS_IN_THE_TREE if DEBUG else "mila.lib.statics.StaticFiles"},
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = MILA_DATA_DIR / "media"

# --- Mail ---------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="mila <no-reply@mila.example>")
EMAIL_TIMEOUT = 10
# Where people write who disagree with a notice or need help.
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="support@mila.example")
# Where links in mails lead, without a slash at the end.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    # Nothing leaves the demo: mails land in a page that ops can open.
    EMAIL_BACKEND = "mila.notifications.mailbox.MailboxBackend"

# --- Live pages: a process of its own says when something has changed (mila.live) ---------------------
# Where the browser finds it, without a slash at the end: empty, below /live/ of the site itself, where a proxy leads
# there; "off": pages ask every few seconds.
LIVE_URL = env.str("LIVE_URL", default="" if PRODUCTION else "off").rstrip("/")
# Pages of these origins may listen.
LIVE_ORIGINS = [f"{urlsplit(SITE_URL).scheme}://{urlsplit(SITE_URL).netloc}", *CSRF_TRUSTED_ORIGINS]

# --- Maps: the outline of the country is ours; tiles come from elsewhere only if a server is named -----
# With {z}, {x}, {y}, and {s} where the server has several names.
MAP_TILES_URL = env.str("MAP_TILES_URL", default="")
MAP_TILES_ATTRIBUTION = env.str("MAP_TILES_ATTRIBUTION", default="© OpenStreetMap contributors")
tiles = urlsplit(MAP_TILES_URL.replace("{s}", "*"))
TILE_HOSTS = [f"{tiles.scheme}://{tiles.netloc}"] if tiles.netloc else []

# --- Ways: estimated from the distance, unless a routing server is named ------------------------------
# Speaks the table service of OSRM: https://routes.example
ROUTING_URL = env.str("ROUTING_URL", default="")

# --- Security -----------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "mila.accounts.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_FAILURE_VIEW = "mila.pages.unsent.csrf_failure"
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Set it only behind a proxy that overwrites the header itself.
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *TILE_HOSTS],
        "connect-src": [SELF, *([LIVE_URL] if "://" in LIVE_URL else [])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": PRODUCTION,
    }
}

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {"TITLE": "mila", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

# --- Admin --------------------------------------------------------------------------------------
UNFOLD = theme.UNFOLD

# --- Logs: one JSON line per event with the request's id, and nothing about persons ----------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logs.configure(level=LOG_LEVEL, as_json=env.bool("LOG_JSON", default=PRODUCTION))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
