"""The live process as an ASGI app: `/live/orders/<reference>`, `/live/offers` and `/healthz`, and no page.

Not through Django's own handler, which keeps a thread, and with it a connection to the database, for as long as a
request lasts: a stream lasts for minutes. Settings, session and rights are those of the site.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
django.setup()

from mila.live.streams import Live  # noqa: E402 - needs the settings

application = Live()
