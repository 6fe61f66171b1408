"""Texts that ops edit and that exist in every language of the site."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def in_current_language(texts: dict[str, str]) -> str:
    """The text in the active language, or the English one."""
    language = (get_language() or "en")[:2]
    return texts.get(language) or texts["en"]


class Named(models.Model):
    """A thing with a name in French, German, Italian and English."""

    name_en = models.CharField(_("name (en)"), max_length=80)
    name_fr = models.CharField(_("name (fr)"), max_length=80)
    name_de = models.CharField(_("name (de)"), max_length=80)
    name_it = models.CharField(_("name (it)"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_current_language(
            {"en": self.name_en, "fr": self.name_fr, "de": self.name_de, "it": self.name_it}
        )
