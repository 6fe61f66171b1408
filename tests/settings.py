"""The demo's settings, made quick and deterministic, with a database and Redis numbers for this process alone."""

import fcntl
import os

from mila.lib.redis import RedisAddresses
from mila.settings import *
from mila.settings import CACHES, DATABASES, MILA_DATA_DIR, REDIS_URL, SERVERS, STORAGES

# Playwright's sync API runs an event loop in the thread of the test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def _take_slot() -> int:
    """The first number that no other test process on these servers holds; the kernel gives it back at the end."""
    folder = MILA_DATA_DIR / "test-slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 50):
        file = os.open(folder / str(number), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return number
    raise RuntimeError(f"50 test processes at once on {folder}?")


TEST_SLOT = _take_slot()
DATABASES["default"]["TEST"] = {"NAME": f"test_mila_{TEST_SLOT}"}
TEST_REDIS_URL = REDIS_URL or SERVERS.redis_url(4 * TEST_SLOT)
CACHES["default"]["LOCATION"] = RedisAddresses(TEST_REDIS_URL).cache()
CELERY_BROKER_URL = RedisAddresses(TEST_REDIS_URL).broker()
WATCHING_URL = RedisAddresses(TEST_REDIS_URL).cache()
WATCHING_CHANNEL = RedisAddresses(TEST_REDIS_URL).channel("mila-watching")

LANGUAGE_CODE = "en"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
DOORBELL = False
LIVE_URL = "off"
