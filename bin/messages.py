"""Keeps the translations: `update` the catalogues from the sources, `check` them, `compile` them.

Pure Python (Babel), because a fresh machine has no GNU gettext. Templates go through Django's own
`templatize`, so that the texts found are exactly those that Django looks up.
"""

import io
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("fr", "de", "it")
SOURCES = ("mila", "partners", "orders", "ratings", "compliance", "billing", "templates")
LOOSE_SPACE = re.compile(r" (?=[:;!?»])|(?<=«) ")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")

# The number is the position of the text among the arguments, c marks the context.
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "_l", "_lazy", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}

Identity = tuple[str, str | None]


def extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Babel's way to read one kind of file: Django turns the template into calls of gettext."""
    source = templatize(file.read().decode())
    # The tokenizer must see calls only, not indentation.
    lines = "\n".join(line.lstrip() for line in source.splitlines())
    yield from extract_python(io.BytesIO(lines.encode()), keywords, comment_tags, options)


def extracted() -> Catalog:
    """All texts of the sources."""
    catalog = new_catalog(None)
    methods: list[tuple[str, Any]] = [
        ("**/migrations/**.py", "ignore"),
        ("**.py", "python"),
        ("**.html", extract_template),
        ("**.txt", extract_template),
    ]
    for folder in SOURCES:
        found = extract_from_dir(
            ROOT / folder, methods, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
        )
        for file, _line, text, comments, context in found:
            catalog.add(text, None, [(f"{folder}/{file}", 0)], auto_comments=comments, context=context)
    return catalog


def new_catalog(language: str | None) -> Catalog:
    return Catalog(locale=language, project="mila", charset="utf-8")


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return new_catalog(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> int:
    """Add what the sources have gained, drop what they have lost; nothing is guessed."""
    template = extracted()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        write_po(buffer, catalog, width=110, sort_by_file=True, include_lineno=False, omit_header=True)
        header = (
            f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n'
        )
        header += '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
        path.write_bytes(header.encode() + buffer.getvalue())
        missing = sum(1 for message in real_messages(catalog) if not is_translated(message))
        print(f"  {language}: {len(real_messages(catalog))} texts, {missing} to translate")
    return 0


def check() -> int:
    """Every text of the sources is translated in every language, with the same placeholders."""
    wanted = {identity(message) for message in real_messages(extracted())}
    problems = [problem for language in LANGUAGES for problem in problems_of(language, wanted)]
    for problem in problems[:60]:
        print(f"  {problem}")
    if problems:
        print(f"  {len(problems)} problems. `make messages` brings the catalogues in step; then translate.")
    return 1 if problems else 0


def problems_of(language: str, wanted: set[Identity]) -> Iterator[str]:
    catalog = read(language)
    have = {identity(message) for message in real_messages(catalog)}
    for text, _context in sorted(wanted - have, key=str):
        yield f"{language}: not in the catalogue: {text!r}"
    for text, _context in sorted(have - wanted, key=str):
        yield f"{language}: no longer in the sources: {text!r}"
    for message in real_messages(catalog):
        first = identity(message)[0]
        if message.fuzzy:
            yield f"{language}: fuzzy: {first!r}"
        elif not is_translated(message):
            yield f"{language}: not translated: {first!r}"
        elif not same_placeholders(message):
            yield f"{language}: other placeholders than the source: {first!r}"
        else:
            for error in message.check(catalog):
                yield f"{language}: {error}: {first!r}"


def real_messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def identity(message: Message) -> Identity:
    first = message.id if isinstance(message.id, str) else message.id[0]
    return first, message.context


def is_translated(message: Message) -> bool:
    return all(forms(message.string))


def forms(text: Any) -> list[str]:
    """The singular and plural forms of a text, or the text alone."""
    return [text or ""] if isinstance(text, str | None) else list(text)


def same_placeholders(message: Message) -> bool:
    sources = [set(PLACEHOLDER.findall(text)) for text in forms(message.id)]
    wanted = set(itertools.chain(*sources))
    # What one form of the source may leave out ("one hour"), a translation may too.
    needed = set.intersection(*sources)
    return all(needed <= set(PLACEHOLDER.findall(text)) <= wanted for text in forms(message.string))


def compile_all() -> int:
    """Write what Django reads at run time, where it is older than its source."""
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3])
        if catalog.locale_identifier == "fr":
            hold_together(catalog)
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            write_mo(file, catalog)
        partial.replace(target)
    return 0


def hold_together(catalog: Catalog) -> None:
    """French puts a space before its high signs; a line must not break there. In the .po it is a plain one, to type."""
    for message in real_messages(catalog):
        held = tuple(LOOSE_SPACE.sub("\N{NO-BREAK SPACE}", text) for text in forms(message.string))
        message.string = held[0] if isinstance(message.id, str) else held


if __name__ == "__main__":
    actions = {"update": update, "check": check, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit("Usage: messages.py update|check|compile")
    sys.exit(actions[sys.argv[1]]())
