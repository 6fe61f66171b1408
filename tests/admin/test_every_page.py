"""Every page of the admin has a scene or a reason, answers, and speaks the four languages."""

from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client

from mila.accounts.models import User
from tests.admin.every_page import NOT_PAGES, every_admin_page, names_of_admin, written_by_people
from tests.admin.test_pages import ADDABLE, NAMES
from tests.journeys.walk import untranslated

pytestmark = pytest.mark.django_db
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
UNREAD = frozenset({"script", "style", "template", "noscript"})
SPOKEN = ("aria-label", "placeholder", "title", "alt")


class Texts(HTMLParser):
    """What is written in a page and in its attributes, but for what is marked as of another language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not self.unread:
            self.found |= {(given[name] or "").strip() for name in SPOKEN if name in given}
        is_foreign = "lang" in given and tag != "html"
        # A symbol is drawn by its name, which nobody reads.
        is_symbol = "material-symbols-outlined" in (given.get("class") or "")
        if tag not in VOID and (self.unread or tag in UNREAD or is_foreign or is_symbol):
            self.unread.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.unread and tag == self.unread[-1]:
            self.unread.pop()

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.found.add(" ".join(data.split()))


def test_every_admin_page_has_a_scene_or_a_reason(ops: User) -> None:
    shown = set(every_admin_page(ops))
    refused = {f"{name}_delete" for name in NAMES} | {f"{name}_add" for name in NAMES if name not in ADDABLE}
    assert shown | set(NOT_PAGES) | refused == names_of_admin()
    assert not shown & (set(NOT_PAGES) | refused)


def test_every_admin_page_speaks_four_languages(desk: Client, ops: User) -> None:
    pages = every_admin_page(ops)
    written = written_by_people()
    in_english: dict[str, set[str]] = {}
    faults = []
    for language, _name in sorted(settings.LANGUAGES, key=lambda each: each[0] != "en"):
        User.objects.filter(pk=ops.pk).update(language=language)
        for name, path in pages.items():
            answer = desk.get(path)
            assert answer.status_code == 200, path
            texts = Texts()
            texts.feed(answer.content.decode())
            if language == "en":
                in_english[name] = texts.found
                continue
            found = untranslated(texts.found, in_english[name], language, written=written)
            faults += [f"{name} ({language}): {fault}" for fault in found]
    assert faults == []
