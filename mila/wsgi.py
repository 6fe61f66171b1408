import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mila.settings")
application = get_wsgi_application()

# What has been loaded stays: the collector need not look at it again and again, and workers go on sharing its memory.
# A page makes some ten thousand objects, nearly all of which are gone by themselves when it has been sent.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)
