"""`make messages`: what the site says, gathered from its source into locale/es/, and compiled. Needs no gettext.

Translations are kept. A sentence that is new stands in the catalogue with an empty translation, to be filled in; one
that nothing says any more goes to the end, marked "#~". Both are printed.
"""

import csv
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

BASE_DIR = Path(__file__).resolve().parent.parent
CATALOGUE = BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
CODE_BOOK = BASE_DIR / "clinics" / "data" / "services.csv"
APPS = ("core", "clinics", "listings", "articles", "config")
FUNCTIONS = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"]),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], (1, 2)),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], ((1, "c"), 2)),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], ((1, "c"), 2, 3)),
}
HEADER = """\
# The site in the Spanish of the United States, with "usted". `make messages` brings it up to date.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: es\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
UNCHANGING = datetime(2026, 1, 1, tzinfo=UTC)  # a date of today would change the file on every run


def gather() -> Catalog:
    """A catalogue of all that the source says, without translations."""
    found = Catalog()
    for path, message, context in (*said_in_python(), *said_in_templates(), *said_in_data()):
        found.add(message, locations=[(str(path.relative_to(BASE_DIR)), 0)], context=context)
    return found


def said_in_python() -> Iterator[tuple]:
    for app in APPS:
        for path in sorted((BASE_DIR / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _said(path, path.read_text(encoding="utf-8"))


def said_in_templates() -> Iterator[tuple]:
    from django.utils.translation.template import templatize

    for path in sorted(path for path in (BASE_DIR / "templates").rglob("*") if path.suffix in (".html", ".txt")):
        as_python = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield from _said(path, re.sub(r"(?m)^[ \t]+", "", as_python))  # an indented line would be a block


def said_in_data() -> Iterator[tuple]:
    """The code book and the names of the states: pages translate them as variables."""
    from clinics import states

    with CODE_BOOK.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for text in filter(None, (row["name"], row["explanation"])):
                yield CODE_BOOK, text, None
    for name in states.names_in("en").values():
        yield Path(states.__file__), name, None


def _said(path: Path, source: str) -> Iterator[tuple]:
    for _line, message, _comments, context in extract("python", BytesIO(source.encode()), FUNCTIONS):
        yield path, message, context


def read() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="es")


def write(catalogue: Catalog) -> None:
    """Write the catalogue, and its compiled form that the site reads."""
    text = BytesIO()
    write_po(text, catalogue, width=110, omit_header=True, sort_by_file=True, include_lineno=False)
    CATALOGUE.write_bytes(HEADER.encode() + text.getvalue().lstrip())
    COMPILED.write_bytes(compiled(read()))


def compiled(catalogue: Catalog) -> bytes:
    catalogue.creation_date = catalogue.revision_date = UNCHANGING
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def missing(catalogue: Catalog) -> list:
    """The messages without a translation, or with one that is only guessed."""
    return [message for message in catalogue if message.id and (message.fuzzy or not all(texts(message.string)))]


def texts(message) -> tuple[str, ...]:
    """The forms of a message: one, or singular and plural."""
    return tuple(message) if isinstance(message, list | tuple) else (message,)


def main() -> None:
    import django

    django.setup()
    catalogue = read()
    catalogue.update(gather(), no_fuzzy_matching=True)
    write(catalogue)
    untranslated = missing(catalogue)
    for message in untranslated:
        print(f"missing: {message.id}")
    for message in catalogue.obsolete.values():
        print(f"obsolete: {message.id}")
    name = CATALOGUE.relative_to(BASE_DIR)
    print(f"{name}: {len(catalogue)} messages, {len(untranslated)} missing, {len(catalogue.obsolete)} obsolete.")
    sys.exit(bool(untranslated))


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main()
