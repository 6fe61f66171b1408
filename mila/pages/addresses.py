"""The addresses of public pages: one for each language, each naming the others (ADR 0015)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

# Of a page for a reader of none of our languages.
FALLBACK = "en"
# Under which the site is known, whatever the host of a request says.
SITE: str = settings.SITE_URL
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@dataclass(frozen=True)
class PublicPage:
    """A page that search engines shall know: the name of its address, and what it takes besides the language."""

    name: str
    city: str = ""
    service: str = ""

    def path(self, language: str) -> str:
        """Without host."""
        slugs = {"city": self.city, "service": self.service}
        named = {name: slug for name, slug in slugs.items() if slug}
        return reverse(self.name, kwargs={"language": language} | named)

    def url(self, language: str) -> str:
        """With the host of the site."""
        return SITE + self.path(language)

    @property
    def canonical(self) -> str:
        """In the language that is being spoken."""
        return self.url(get_language() or FALLBACK)

    @property
    def alternates(self) -> Iterator[tuple[str, str]]:
        """`hreflang` and address of every version, this one among them."""
        yield from ((language, self.url(language)) for language in LANGUAGES)
        yield "x-default", self.default_url

    @property
    def default_url(self) -> str:
        """The start page chooses by the reader; the others have no address that does."""
        return SITE + reverse("home") if self.name == "home_in" else self.url(FALLBACK)


HOME = PublicPage("home_in")
