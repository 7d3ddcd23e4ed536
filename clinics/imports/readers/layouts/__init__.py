"""The layouts we know. A file is recognised by its headings, never by its name or by the place of a column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clinics.imports.readers.errors import UnknownLayout
from clinics.imports.readers.headings import are_people, by_meaning, plain
from clinics.imports.readers.tables import fold

from . import findtreatment, general, methadone_2017, otp, samhsa
from .layout import Layout

LAYOUTS: tuple[Layout, ...] = (
    samhsa.DIRECTORY,
    samhsa.LOCATOR,
    findtreatment.ANSWER,
    findtreatment.LIST,
    methadone_2017.LAYOUT,
    otp.DIRECTORY,
    otp.GEOCODED,
    otp.CMS,
)
BY_SLUG = {layout.slug: layout for layout in (*LAYOUTS, general.LAYOUT)}
# Files that lie beside the directories, and where they belong.
CODE_BOOKS = ({"service_code", "service_name"}, {"directory_type", "code", "label"})
OWN_EXPORT = {"clinic", "evidence_1"}  # clinics/imports/export.py writes it
NPI_REGISTER = {"npi", "entity type code"}
NAMED_HEADINGS = 5


@dataclass(frozen=True, slots=True)
class Recognised:
    """A layout, and what the headings that it does not know by name mean to it."""

    layout: Layout
    names: Mapping[str, str] = field(default_factory=dict)  # {folded heading: column of the layout}


def choose(headings: Iterable[str]) -> Recognised:
    """The layout with these headings; of several, the one that asks for most. Raises UnknownLayout."""
    headings = tuple(headings)
    keys = {fold(heading) for heading in headings}
    fitting = [layout for layout in LAYOUTS if layout.fits(keys)]
    if fitting:
        return Recognised(max(fitting, key=lambda layout: len(layout.required)))
    if any(book <= keys for book in CODE_BOOKS):
        raise UnknownLayout("This is a list of service codes, not of clinics; it is loaded by load_codebook.")
    if keys >= NPI_REGISTER:
        raise UnknownLayout("This is the register of NPIs (NPPES), not of clinics; check_npis reads it.")
    if are_people(headings):
        raise UnknownLayout(
            "Its rows are people, not places; a practitioner is listed only who asks for it. Import a list of clinics."
        )
    if marked := [layout for layout in LAYOUTS if layout.marks and layout.marks <= keys]:
        return _by_other_words(marked[0], keys)
    return _general(headings, keys)


def _by_other_words(layout: Layout, keys: set[str]) -> Recognised:
    """`layout`, of which some columns have headings that mean the same."""
    columns = {plain(column): column for column in layout.required | layout.optional if column not in keys}
    names: dict[str, str] = {}
    for heading, meaning in by_meaning(keys - layout.required - layout.optional).items():
        column = columns.get(meaning) or columns.get(f"{meaning} 1") or columns.get(f"{meaning} code")
        if column and column not in names.values():
            names[heading] = column
    known = keys | set(names.values())
    if not layout.required <= known:
        raise UnknownLayout(missing(layout, known))
    return Recognised(layout, names)


def _general(headings: tuple[str, ...], keys: set[str]) -> Recognised:
    if keys >= OWN_EXPORT:
        raise UnknownLayout(
            "It is an export of this directory, but not in the form in which it was written; "
            "`manage.py import_clinics` restores the .csv or .xlsx itself."
        )
    names = by_meaning(keys)
    lacking = general.LAYOUT.required - set(names.values())
    if not lacking:
        return Recognised(general.LAYOUT, names)
    nearest = max(LAYOUTS, key=lambda layout: len(layout.required & keys) / len(layout.required))
    its_own = nearest.required & keys - names.keys()
    if its_own and len(nearest.required & keys) * 2 > len(nearest.required) and not nearest.no_other_columns:
        raise UnknownLayout(missing(nearest, keys))
    if len(lacking) * 2 <= len(general.LAYOUT.required):
        named = " and ".join(f"the {column}" for column in sorted(lacking))
        raise UnknownLayout(f"As a list of places it has no column for {named}; add it, and import it again.")
    shown = ", ".join(f"'{heading[:30]}'" for heading in headings[:NAMED_HEADINGS])
    more = f" and {len(headings) - NAMED_HEADINGS:,} more" if len(headings) > NAMED_HEADINGS else ""
    raise UnknownLayout(
        f"Its columns ({shown}{more}) are those of no directory we know; download a directory from SAMHSA or CMS."
    )


def by_slug(slug: str, headings: Iterable[str]) -> Recognised:
    """The layout named `slug`; raises UnknownLayout if there is none, or if the file lacks its columns."""
    if slug not in BY_SLUG:
        raise UnknownLayout(f"There is no layout '{slug}'; choose one of {', '.join(sorted(BY_SLUG))}.")
    headings = tuple(headings)
    keys = {fold(heading) for heading in headings}
    if slug == general.LAYOUT.slug:
        return _general(headings, keys)
    if BY_SLUG[slug].required <= keys:
        return Recognised(BY_SLUG[slug])
    return _by_other_words(BY_SLUG[slug], keys)


def missing(layout: Layout, keys: set[str]) -> str:
    lacking = sorted(layout.required - keys)
    columns = "column" if len(lacking) == 1 else "columns"
    named = ", ".join(f"'{key}'" for key in lacking)
    return f"As {layout.description} it lacks the {columns} {named}; download it again with all columns."
