"""A clinic as a row of a list: its facts as texts, put into templates/clinics/_clinic_card.html.

What is kept here between pages are words for facts ("Methadone · Naltrexone", "from SAMHSA's 2024 directory"), by the
fact and the language, never by clinic or place: a changed clinic shows at once.
"""

from datetime import date
from functools import lru_cache
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext

from clinics.audience import serves_text
from clinics.hours import OpenStatus
from clinics.models import Clinic
from clinics.models.provenance import Source
from clinics.search import facets, treats
from clinics.search.entries import Entry, entries_of
from clinics.verification.freshness import age_text
from core.phones import extension_of, tel_uri, without_extension
from core.prerendered import PrerenderedPartial

FEWEST_SHARING = 2
FACTS_KEPT = 8192  # of each kind of words, in all languages: a hundred bytes each
ROW = PrerenderedPartial(
    "clinics/_clinic_card.html",
    *("pk", "number", "address", "name", "name_detail", "distance", "street", "city", "state", "zip_code"),
    *(
        "open_status",
        "phone",
        "phone_link",
        "extension",
        "shared_line",
        "phone_words",
        "serves",
        "new_patients",
        "medications",
        "settings",
        "payments",
        "source",
    ),
)

PLACE = PrerenderedPartial(
    "clinics/_place_card.html",
    *("number", "name", "distance", "street", "city", "state", "zip_code", "programs", "cards"),
)


def rows_html(
    clinics: list[Clinic],
    *,
    near: str = "",
    show_distance=False,
    ticks=False,
    on_sheet=(),
    start: int | None = None,
    under_heading=False,
    by_place=True,
) -> SafeString:
    """The items of a list of clinics; `by_place`, one for each place, whose programs come one after another.

    `near`: what was typed, for the links. `ticks`: whether the page has a call sheet form, on which the clinics
    `on_sheet` are ticked. `start`: the number of the first one, where they are numbered: a clinic that is known to its
    ZIP only has none, for nobody knows which of those there is the nearest. `under_heading`: whether the list has a
    heading of its own.

    Each clinic comes `with_contact_source()`, and has its `distance` if that is shown.
    """
    query = f"?near={quote(near, safe='')}" if near else ""
    level = 3 if under_heading else 2
    ticked = frozenset(on_sheet) if ticks else None
    items = []
    entries = entries_of(clinics) if by_place else [Entry([clinic]) for clinic in clinics]
    for number, entry in enumerate(entries, start or 0):
        place = place_of_entry(entry.lead, None if start is None else number, show_distance=show_distance)
        items.append(f"<li>{entry_html(entry, place, query, ticked, level)}</li>")
    return mark_safe("\n".join(items))  # noqa: S308 - filled from templates, values escaped


def entry_html(entry: Entry, place: dict[str, str], query: str, ticked: frozenset[int] | None, level: int) -> str:
    """One entry: its clinic, or its place with the programs under it.

    `query` is put behind the links; `ticked` are the clinics on the call sheet, None where the page has none; `level`
    is that of its heading.
    """
    language, today = get_language(), timezone.localdate()
    shared = len(entry.clinics) > 1
    cards = []
    for clinic in entry.clinics:
        values = facts_of(clinic, today, language) | {"address": clinic.address_in(language) + query} | place
        card = ROW.fill(
            program_at(values, clinic.street_detail) if shared else values,
            language,
            is_reported=clinic.first_phone_is_reported,
            ticks=ticked is not None,
            is_ticked=ticked is not None and clinic.pk in ticked,
            level=level + shared,
        )
        cards.append(card)
    if not shared:
        return cards[0]
    programs = gettext("%(count)s programs here") % {"count": len(cards)}
    text = mark_safe("".join(cards))  # noqa: S308 - filled from templates, values escaped
    values = place | {"name": entry.lead.name, "programs": programs, "cards": text}
    return PLACE.fill(values, language, level=level)


def place_of_entry(clinic: Clinic, number: int | None, *, show_distance: bool) -> dict[str, str]:
    """Where an entry is, as its lead says it."""
    distance = clinic.distance if show_distance else None
    return {
        "number": "" if number is None or clinic.is_approximate else str(number),
        "distance": capfirst(distance.text) if distance else "",
        "street": clinic.street,
        "city": clinic.city,
        "state": clinic.state,
        "zip_code": clinic.zip_code,
    }


def program_at(values: dict[str, str], door: str) -> dict[str, str]:
    """The facts of a program whose place is said once, above those of all of its programs; `door` is its suite."""
    name = values["name_detail"] or values["name"]
    return values | {"name": name, "name_detail": door} | dict.fromkeys(["number", "distance", "street", "city"], "")


def facts_of(clinic: Clinic, today: date, language: str) -> dict[str, str]:
    return {
        "pk": str(clinic.pk),
        "name": clinic.name,
        "name_detail": clinic.name_detail,
        "open_status": open_status_html(clinic.open_status, language),
        "phone": without_extension(clinic.phone_for_new_patients),
        "phone_link": tel_uri(clinic.phone_for_new_patients),
        "extension": extension_of(clinic.phone_for_new_patients),
        "shared_line": shared_line(clinic.phone_shared_by, language),
        "phone_words": clinic.first_phone_words,
        "serves": serves_text(clinic),
        "new_patients": new_patients(clinic, language),
        "medications": medicine_html(clinic, language),
        "settings": labels_html("setting", facets.mask_in(clinic, "setting"), language),
        "payments": labels_html("payment", facets.mask_in(clinic, "payment"), language),
        "source": contact_age(clinic, today, language),
    }


def contact_age(clinic: Clinic, today: date | None = None, language: str | None = None) -> str:
    """Who vouches for a clinic's address and phone, and how long ago: "confirmed by the clinic 12 days ago"."""
    if not clinic.contact_source:
        return gettext("source not stated")
    voucher = (clinic.contact_source, clinic.contact_edition or "", clinic.contact_confirmed_on)
    return source_age(*voucher, today or timezone.localdate(), language or get_language())


@lru_cache(maxsize=FACTS_KEPT)
def shared_line(clinics: int, language: str) -> str:
    """ "shared line of 26 clinics"; "" if the number is one clinic's own."""
    if clinics < FEWEST_SHARING:
        return ""
    return ngettext("shared line of %(count)d clinic", "shared line of %(count)d clinics", clinics) % {
        "count": clinics
    }


def new_patients(clinic: Clinic, language: str) -> SafeString:
    known = clinic.as_known
    return new_patients_html(known.accepting_new_patients, known.days_to_first_visit, language)


@lru_cache(maxsize=FACTS_KEPT)
def source_age(source: str, edition: str, confirmed_on: date | None, today: date, language: str) -> str:
    """The same of one voucher; `today` and `language` are what the words depend on."""
    return age_text(Source(source), edition, confirmed_on)


def medicine_html(clinic: Clinic, language: str) -> SafeString:
    """The medicines that a clinic names, else what it says or does not say of giving any."""
    return _medicine_html(clinic.treatment_bits & treats.TOLD_BY, clinic.denied_bits & facets.MEDICINE.mask, language)


@lru_cache(maxsize=FACTS_KEPT)
def _medicine_html(treatment_bits: int, denied_bits: int, language: str) -> SafeString:
    named = treats.medicines_named(treatment_bits)
    if named:
        return format_html_join(" · ", "{}", ((value.label,) for value in named))
    reason = treats.reason_for_no_medicine(treatment_bits, denied_bits)
    if treatment_bits & facets.DENIES.mask:
        return format_html("<strong>{}</strong>", reason)
    return format_html('<span class="muted">{}</span>', reason)


@lru_cache(maxsize=FACTS_KEPT)
def labels_html(group_slug: str, mask: int, language: str) -> SafeString:
    """The labels of what a mask offers in one facet group; "" if nothing is stated."""
    group = facets.GROUPS_BY_SLUG[group_slug]
    return format_html_join(" · ", "{}", ((value.label,) for value in group.values if mask & value.mask))


@lru_cache(maxsize=FACTS_KEPT)
def open_status_html(status: OpenStatus | None, language: str) -> SafeString | str:
    return render_to_string("clinics/_open_status.html", {"status": status}) if status else ""


@lru_cache(maxsize=FACTS_KEPT)
def new_patients_html(accepting: bool | None, days_to_first_visit: int | None, language: str) -> SafeString:
    clinic = Clinic(accepting_new_patients=accepting, days_to_first_visit=days_to_first_visit)
    return render_to_string("clinics/_new_patients.html", {"clinic": clinic})
