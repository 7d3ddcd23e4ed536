"""The layouts we know. A file is recognised by its headings, never by its name or by the place of a column."""

from collections.abc import Iterable

from clinics.imports.readers.errors import UnknownLayout
from clinics.imports.readers.tables import fold

from . import findtreatment, methadone_2017, otp, samhsa
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
BY_SLUG = {layout.slug: layout for layout in LAYOUTS}
# Files that lie beside the directories, and where they belong.
CODE_BOOKS = ({"service_code", "service_name"}, {"directory_type", "code", "label"})
NAMED_HEADINGS = 5


def choose(headings: Iterable[str]) -> Layout:
    """The layout with these headings; of several, the one that asks for most. Raises UnknownLayout."""
    headings = tuple(headings)
    keys = {fold(heading) for heading in headings}
    fitting = [layout for layout in LAYOUTS if layout.fits(keys)]
    if fitting:
        return max(fitting, key=lambda layout: len(layout.required))
    if any(book <= keys for book in CODE_BOOKS):
        raise UnknownLayout("This is a list of service codes, not of clinics; it is loaded by load_codebook.")
    nearest = max(LAYOUTS, key=lambda layout: len(layout.required & keys) / len(layout.required))
    if len(nearest.required & keys) * 2 > len(nearest.required) and not nearest.no_other_columns:
        raise UnknownLayout(missing(nearest, keys))
    shown = ", ".join(f"'{heading[:30]}'" for heading in headings[:NAMED_HEADINGS])
    more = f" and {len(headings) - NAMED_HEADINGS:,} more" if len(headings) > NAMED_HEADINGS else ""
    raise UnknownLayout(
        f"Its columns ({shown}{more}) are those of no directory we know; download a directory from SAMHSA or CMS."
    )


def by_slug(slug: str, headings: Iterable[str]) -> Layout:
    """The layout named `slug`; raises UnknownLayout if there is none, or if the file lacks its columns."""
    if slug not in BY_SLUG:
        raise UnknownLayout(f"There is no layout '{slug}'; choose one of {', '.join(sorted(BY_SLUG))}.")
    keys = {fold(heading) for heading in headings}
    if not BY_SLUG[slug].required <= keys:
        raise UnknownLayout(missing(BY_SLUG[slug], keys))
    return BY_SLUG[slug]


def missing(layout: Layout, keys: set[str]) -> str:
    lacking = sorted(layout.required - keys)
    columns = "column" if len(lacking) == 1 else "columns"
    named = ", ".join(f"'{key}'" for key in lacking)
    return f"As {layout.description} it lacks the {columns} {named}; download it again with all columns."
