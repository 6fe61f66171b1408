import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = """
{% load i18n %}
<p title="it's (odd">
    {% translate "All 100%" %}
  {% translate "May" context "month" %}
      {% blocktranslate trimmed with name=person %}
        Dear {{ name }},
        it's done.
      {% endblocktranslate %}
 {% blocktranslate trimmed count n=jobs %}One job{% plural %}{{ n }} jobs{% endblocktranslate %}
{% include "x.html" with title=_("Three visits") only %}
"""
PYTHON = """
from django.utils.translation import gettext_lazy as _l, ngettext, pgettext
A = _l("Lazy")
B = ngettext("%(n)s star", "%(n)s stars", 2)
C = pgettext("month", "March")
"""


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bin/messages.py, working on a small project of its own."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / "bin/messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text(TEMPLATE)
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders/views.py").write_text(PYTHON)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(module, "SOURCES", ("templates", "orders"))
    return module


def test_templates_and_python_are_read_as_django_will_look_them_up(messages: ModuleType) -> None:
    found = {(message.id, message.context) for message in messages.extracted() if message.id}
    assert found == {
        ("All 100%%", None),
        ("May", "month"),
        ("Dear %(name)s, it's done.", None),
        (("One job", "%(n)s jobs"), None),
        ("Three visits", None),
        ("Lazy", None),
        (("%(n)s star", "%(n)s stars"), None),
        ("March", "month"),
    }


def test_an_update_adds_what_is_new_keeps_what_is_translated_and_drops_what_is_gone(
    messages: ModuleType,
) -> None:
    messages.update()
    path = messages.path_of("fr")
    path.write_text(path.read_text().replace('msgid "Lazy"\nmsgstr ""', 'msgid "Lazy"\nmsgstr "Paresseux"'))
    source = messages.ROOT / "orders/views.py"
    source.write_text(PYTHON.replace("March", "April"))
    messages.update()
    catalog = messages.read("fr")
    assert catalog.get("Lazy").string == "Paresseux"
    assert catalog.get("April", "month").string == ""
    assert catalog.get("March", "month") is None
    assert not any(message.fuzzy for message in catalog if message.id)


def test_a_french_line_does_not_break_before_a_high_sign(messages: ModuleType) -> None:
    messages.update()
    path = messages.path_of("fr")
    path.write_text(
        path.read_text().replace('msgid "Lazy"\nmsgstr ""', 'msgid "Lazy"\nmsgstr "« Oui » ; non ?"')
    )
    messages.compile_all()
    with path.with_suffix(".mo").open("rb") as file:
        assert read_mo(file).get("Lazy").string == "«\xa0Oui\xa0»\xa0; non\xa0?"


def test_an_update_without_changes_changes_nothing(messages: ModuleType) -> None:
    messages.update()
    before = messages.path_of("de").read_bytes()
    messages.update()
    assert messages.path_of("de").read_bytes() == before


def test_the_check_names_what_is_missing_and_what_is_wrong(
    messages: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert messages.check() == 1
    assert "it: not in the catalogue: 'Lazy'" in capsys.readouterr().out
    messages.update()
    assert messages.check() == 1
    assert "it: not translated: 'Lazy'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "translation", "fits"),
    [
        ("Dear %(name)s", "Chère %(name)s", True),
        ("Dear %(name)s", "Chère %(nom)s", False),
        ("Dear %(name)s", "Bonjour", False),
        (("One job", "%(n)s jobs"), ("Une tâche", "%(n)s tâches"), True),
        (("One job", "%(n)s jobs"), ("%(n)s tâche", "%(n)s tâches"), True),
        (("One job", "%(n)s jobs"), ("Une tâche", "%(x)s tâches"), False),
        ("Plain", "Simple", True),
    ],
)
def test_placeholders_of_a_translation_are_those_of_its_source(
    messages: ModuleType, source: str | tuple[str, str], translation: str | tuple[str, str], fits: bool
) -> None:
    message = Catalog("fr").add(source, translation)
    assert messages.same_placeholders(message) is fits
