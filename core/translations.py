"""The Spanish catalogue: gathered from the source of the site into locale/es/, and compiled, without gettext.

`make messages` brings it up to date and keeps every translation. A new sentence stands in the catalogue with an empty
translation, to be filled in; one that is no longer used goes to the end, marked "#~".

An app whose texts are in data names a function in its AppConfig, `texts_to_translate = "clinics.translations.texts"`,
that yields (path, text).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation.template import templatize

CATALOGUE = settings.BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
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
    for path, message, context in (*texts_in_python(), *texts_in_templates(), *texts_in_data()):
        found.add(message, locations=[(str(path.relative_to(settings.BASE_DIR)), 0)], context=context)
    return found


def texts_in_python() -> Iterator[tuple]:
    folders = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    for folder in [*folders, settings.BASE_DIR / "config"]:
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _extract(path, path.read_text(encoding="utf-8"))


def texts_in_templates() -> Iterator[tuple]:
    folder = settings.BASE_DIR / "templates"
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt")):
        as_python = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield from _extract(path, re.sub(r"(?m)^[ \t]+", "", as_python))  # an indented line would be a block


def texts_in_data() -> Iterator[tuple]:
    """The texts that pages translate as variables."""
    for app in apps.get_app_configs():
        if function := getattr(app, "texts_to_translate", None):
            for path, text in import_string(function)():
                yield path, text, None


def _extract(path: Path, source: str) -> Iterator[tuple]:
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
