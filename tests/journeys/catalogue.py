"""The English texts that have translations."""

from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po
from django.conf import settings


@lru_cache
def english_texts() -> frozenset[str]:
    """Whole texts without placeholders."""
    path = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="de")
    ids = (message.id for message in catalogue if message.id)
    return frozenset(text for text in ids if isinstance(text, str) and "%(" not in text and "{" not in text)
