"""A clinic as a row of a list: its facts as texts, put into templates/clinics/_clinic_row.html.

What is kept here between pages are words for facts ("Methadone · Naltrexone", "from SAMHSA's 2024 directory"), by the
fact and the language, never by clinic or place: a changed clinic shows at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from clinics.audience import serves_text
from clinics.closings import closed_text, closing_text, holiday_text, notice_of_all, notice_text
from clinics.directions import has_directions
from clinics.hours import OpenStatus
from clinics.maps.pins import pair_of
from clinics.models import Clinic
from clinics.models.provenance import Source
from clinics.search import facets, treats
from clinics.search.entries import Entry, entries_of
from clinics.search.statements import denial
from clinics.verification.freshness import age_text
from core.phones import extension_of, tel_uri, without_extension
from core.prerendered import PrerenderedPartial

FEWEST_SHARING = 2
FACTS_KEPT = 8192  # of each kind of words, in all languages: a hundred bytes each
BETWEEN_FACTS = " · "
NUMBER_REPORTED = gettext_lazy("Readers say that this number does not work.")
TAKES_PATIENTS, TAKES_NONE = gettext_lazy("Takes new patients"), gettext_lazy("Takes no new patients now")
# What a row shows, whatever was asked: each medicine, and of availability in words that say more.
SHOWN_ANYWAY = {value.key for value in facets.MEDICATION.values} | {
    f"access/{slug}" for slug in ("accepting-new-patients", "within-48-hours", "open-now")
}
PHONE_ALONE = facets.VALUES["visit/phone-only"]
ROW = PrerenderedPartial(
    "clinics/_clinic_row.html",
    *("pk", "number", "pair", "address", "name", "name_detail", "distance", "way", "city", "facts"),
    *("phone", "phone_link", "extension", "street", "city_line", "directions", "settings", "payments"),
    *("shared_line", "phone_words", "source"),
)
PLACE = PrerenderedPartial(
    "clinics/_place_row.html",
    *("number", "pair", "name", "distance", "way", "street", "city_line", "directions", "programs", "rows"),
)


@dataclass(frozen=True)
class SaidAbove:
    """What is true of every row of a list, and so said once above it."""

    source: str = ""  # who vouches for all the addresses and phones
    nobody_says_of_new_patients: bool = False
    is_one: bool = False  # clinic, whose row says who vouches for it
    notice: str = ""  # under which all of them are
    holiday: str = ""

    @classmethod
    def of(cls, clinics: list[Clinic]) -> "SaidAbove":
        if not clinics:
            return cls()
        today, language = timezone.localdate(), get_language()
        sources = {contact_age(clinic, today, language) for clinic in clinics}
        known = [clinic.as_known for clinic in clinics]
        says = any(c.accepting_new_patients is not None or c.days_to_first_visit is not None for c in known)
        is_one = len(clinics) == 1
        notices, holidays = notice_of_all(clinics), {holiday_text(clinic) for clinic in clinics}
        return cls(
            source=sources.pop() if len(sources) == 1 and not is_one else "",
            nobody_says_of_new_patients=not says,
            is_one=is_one,
            notice=notice_text(notices) if notices else "",
            holiday=holidays.pop() if len(holidays) == 1 else "",
        )

    @property
    def has_words(self) -> bool:
        return bool(self.source or self.nobody_says_of_new_patients or self.notice or self.holiday)

    @property
    def of_new_patients(self) -> str:
        """What to ask first, where no clinic of the list says it."""
        if not self.nobody_says_of_new_patients:
            return ""
        if self.is_one:
            return gettext("It has not told us whether it takes new patients. Ask that first.")
        return gettext("None of these has told us whether it takes new patients. Ask that first.")


def rows_html(
    clinics: list[Clinic],
    *,
    near: str = "",
    search_query: str = "",
    show_distance=False,
    ticks=False,
    on_sheet=(),
    start: int | None = None,
    under_heading=False,
    by_place=True,
    asked: Iterable[facets.FacetValue] = (),
    said: SaidAbove | None = None,
    state: str = "",
) -> SafeString:
    """The items of a list of clinics; `by_place`, one for each place, whose programs come one after another.

    `near`: what was typed, for the links. `search_query`: in its place the whole search that found the list, so that
    the page of a clinic leads back to it, and to its neighbors there. `ticks`: whether the page has a call sheet form,
    on which the clinics `on_sheet` are ticked. `start`: the number of the first one, where they are numbered: a clinic
    that is known to its ZIP only has none, for nobody knows which of those there is the nearest. `under_heading`:
    whether the list has a heading of its own. `asked`: the filters that are on, whose answer a row shows. `said`: what
    stands above the list. `state`: of the place that was asked for, which its rows do not repeat.

    Each clinic comes `with_contact_source()`, and has its `distance` if that is shown.
    """
    frame = Frame(
        query=f"?{search_query}" if search_query else f"?near={quote(near, safe='')}" if near else "",
        ticked=frozenset(on_sheet) if ticks else None,
        level=3 if under_heading else 2,
        asked=tuple(asked),
        said=said or SaidAbove(),
        state=state,
        today=timezone.localdate(),
        language=get_language(),
    )
    items = []
    entries = entries_of(clinics) if by_place else [Entry([clinic]) for clinic in clinics]
    for number, entry in enumerate(entries, start or 0):
        place = place_of_entry(entry.lead, frame, None if start is None else number, show_distance=show_distance)
        items.append(f"<li>{entry_html(entry, place, frame)}</li>")
    return mark_safe("\n".join(items))  # noqa: S308 - filled from templates, values escaped


@dataclass(frozen=True)
class Frame:
    """What the rows of one list have in common."""

    query: str  # put behind the links
    ticked: frozenset[int] | None  # the clinics on the call sheet; None where the page has none
    level: int  # of the headings
    asked: tuple[facets.FacetValue, ...]
    said: SaidAbove
    state: str  # in which the reader is, as far as is known
    today: date
    language: str


def entry_html(entry: Entry, place: dict[str, str], frame: Frame) -> str:
    """One entry: its clinic, or its place with the programs under it."""
    shared = len(entry.clinics) > 1
    rows = []
    for clinic in entry.clinics:
        values = facts_of(clinic, frame) | {"address": clinic.address_in(frame.language) + frame.query} | place
        row = ROW.fill(
            program_at(values, clinic.street_detail) if shared else values,
            frame.language,
            is_quiet=is_doubtful(clinic),
            ticks=frame.ticked is not None,
            is_ticked=frame.ticked is not None and clinic.pk in frame.ticked,
            level=frame.level + shared,
        )
        rows.append(row)
    if not shared:
        return rows[0]
    programs = gettext("%(count)s programs here") % {"count": len(rows)}
    text = mark_safe("".join(rows))  # noqa: S308 - filled from templates, values escaped
    values = {name: place[name] for name in PLACE.placeholders if name in place}
    values |= {"name": entry.lead.name, "programs": programs, "rows": text}
    return PLACE.fill(values, frame.language, level=frame.level)


def place_of_entry(clinic: Clinic, frame: Frame, number: int | None, *, show_distance: bool) -> dict[str, str]:
    """Where an entry is, as its lead says it. `directions` lead to the lead's page, which offers several."""
    distance = clinic.distance if show_distance else None
    shown_number = None if clinic.is_approximate else number
    return {
        "number": "" if shown_number is None else str(shown_number),
        "pair": "" if shown_number is None else pair_of(shown_number),
        "distance": capfirst(distance.text) if distance else "",
        "way": distance.way if distance else "",
        "city": city_text(clinic, frame),
        "street": clinic.street,
        "city_line": f"{clinic.city}, {clinic.state} {clinic.zip_code}",
        "directions": clinic.address_in(frame.language) + frame.query if has_directions(clinic) else "",
    }


def city_text(clinic: Clinic, frame: Frame) -> str:
    """With the state where that is another one: insurance of the state ends at its border."""
    return clinic.city if clinic.state == frame.state else f"{clinic.city}, {clinic.state}"


def program_at(values: dict[str, str], door: str) -> dict[str, str]:
    """The facts of a program whose place is said once, above those of all of its programs; `door` is its suite."""
    name = values["name_detail"] or values["name"]
    of_the_place = dict.fromkeys(
        ["number", "pair", "distance", "way", "city", "street", "city_line", "directions"], ""
    )
    return values | {"name": name, "name_detail": door} | of_the_place


def facts_of(clinic: Clinic, frame: Frame) -> dict[str, str]:
    language = frame.language
    source = contact_age(clinic, frame.today, language)
    return {
        "pk": str(clinic.pk),
        "name": clinic.name,
        "name_detail": clinic.name_detail,
        "facts": decisive_facts(clinic, frame),
        "phone": without_extension(clinic.phone_for_new_patients),
        "phone_link": tel_uri(clinic.phone_for_new_patients),
        "extension": extension_of(clinic.phone_for_new_patients),
        "shared_line": shared_line(clinic.phone_shared_by, language),
        "phone_words": clinic.first_phone_words,
        "settings": labels_html("setting", facets.mask_in(clinic, "setting"), language),
        "payments": labels_html("payment", facets.mask_in(clinic, "payment"), language),
        "source": "" if source == frame.said.source else source,
    }


def is_doubtful(clinic: Clinic) -> bool:
    """Whether a call may well be in vain, so that the button is a quiet one; row and page say why."""
    takes_none = clinic.as_known.accepting_new_patients is False
    return clinic.first_phone_is_reported or takes_none or bool(closed_text(clinic) or denial(clinic))


def warnings_of(clinic: Clinic) -> list[str]:
    """What a caller should know first, as sentences without a full stop: why the call may be in vain, and for whom."""
    warnings = [
        denial(clinic),
        closing_text(clinic),
        NUMBER_REPORTED if clinic.first_phone_is_reported else "",
        TAKES_NONE if clinic.as_known.accepting_new_patients is False else "",
        serves_text(clinic),
    ]
    return [str(warning).rstrip(".") for warning in warnings if warning]


def decisive_facts(clinic: Clinic, frame: Frame) -> SafeString:
    """What decides whether to call: why rather not, for whom, the medicines, what was asked for, and how soon."""
    known = clinic.as_known
    takes_none = known.accepting_new_patients is False
    of_new_patients = new_patients_html(known.accepting_new_patients, known.days_to_first_visit, frame.language)
    closing = closing_text(clinic, notice_is_told=bool(frame.said.notice))
    facts = [
        format_html("<strong>{}</strong>", closing) if closing else "",
        reported_html(frame.language) if clinic.first_phone_is_reported else "",
        of_new_patients if takes_none else "",
        serves_html(serves_text(clinic), frame.language),
        medicine_html(clinic, frame.language),
        *asked_labels(clinic, frame.asked, frame.language),
        by_phone_html(clinic, frame.language),
        "" if takes_none else of_new_patients,
        *([] if closing or frame.said.notice else hours_of_today(clinic, frame)),
    ]
    return mark_safe(BETWEEN_FACTS.join(filter(None, facts)))  # noqa: S308 - each is escaped


def hours_of_today(clinic: Clinic, frame: Frame) -> list[str]:
    """Whether it is open by its hours, and that a holiday may change them."""
    holiday = "" if frame.said.holiday else escape(holiday_text(clinic))
    return [open_status_html(clinic.open_status, frame.language), holiday]


def asked_labels(clinic: Clinic, asked: tuple[facets.FacetValue, ...], language: str) -> list[str]:
    """Of the filters that are on, what this clinic states: of alternatives it may be one."""
    told = (value for value in asked if value.key not in SHOWN_ANYWAY)
    return [facet_html(value.key, language) for value in told if getattr(clinic, value.column) & value.mask]


def by_phone_html(clinic: Clinic, language: str) -> str:
    """Of one that is told for its telehealth: whether a call is enough, without video."""
    says_so = clinic.by_telehealth and clinic.availability_bits & PHONE_ALONE.mask
    return facet_html(PHONE_ALONE.key, language) if says_so else ""


@lru_cache(maxsize=FACTS_KEPT)
def facet_html(key: str, language: str) -> str:
    return escape(str(facets.VALUES[key].label))


@lru_cache(maxsize=32)
def serves_html(text: str, language: str) -> str:
    return f"<strong>{escape(text)}</strong>" if text else ""


@lru_cache(maxsize=2)
def reported_html(language: str) -> str:
    return f"<strong>{escape(NUMBER_REPORTED)}</strong>"


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


@lru_cache(maxsize=FACTS_KEPT)
def source_age(source: str, edition: str, confirmed_on: date | None, today: date, language: str) -> str:
    """The same of one voucher; `today` and `language` are what the words depend on."""
    return age_text(Source(source), edition, confirmed_on)


def medicine_html(clinic: Clinic, language: str) -> SafeString:
    """The medicines that a clinic names, each once; else what it says or does not say of giving any."""
    return _medicine_html(clinic.treatment_bits & treats.TOLD_BY, clinic.denied_bits & facets.MEDICINE.mask, language)


@lru_cache(maxsize=FACTS_KEPT)
def _medicine_html(treatment_bits: int, denied_bits: int, language: str) -> SafeString:
    if named := treats.medicines_named(treatment_bits):
        return format_html("<b>{}</b>", format_html_join(", ", "{}", ((value.label,) for value in named)))
    reason = treats.reason_for_no_medicine(treatment_bits, denied_bits)
    if treatment_bits & facets.DENIES.mask:
        return format_html("<strong>{}</strong>", reason)
    return format_html('<span class="muted">{}</span>', reason)


@lru_cache(maxsize=FACTS_KEPT)
def labels_html(group_slug: str, mask: int, language: str) -> SafeString:
    """The labels of what a mask offers in one facet group; "" if nothing is stated."""
    group = facets.GROUPS_BY_SLUG[group_slug]
    return format_html_join(BETWEEN_FACTS, "{}", ((value.label,) for value in group.values if mask & value.mask))


@lru_cache(maxsize=FACTS_KEPT)
def open_status_html(status: OpenStatus | None, language: str) -> SafeString | str:
    return render_to_string("clinics/_open_status.html", {"status": status}) if status else ""


@lru_cache(maxsize=FACTS_KEPT)
def new_patients_html(accepting: bool | None, days_to_first_visit: int | None, language: str) -> SafeString | str:
    """Who is taken and how soon; "" where neither is stated."""
    if accepting is False:  # then a wait that was stated means little
        return format_html("<strong>{}</strong>", TAKES_NONE)
    takes = format_html("<strong>{}</strong>", TAKES_PATIENTS) if accepting else ""
    visit = "" if days_to_first_visit is None else first_visit_text(days_to_first_visit)
    return format_html_join(BETWEEN_FACTS, "{}", ((text,) for text in (takes, visit) if text))


def first_visit_text(days: int) -> str:
    if days == 0:
        return gettext("first visit the same day")
    if days == 1:
        return gettext("first visit tomorrow")
    return ngettext("first visit in %(days)s day", "first visit in %(days)s days", days) % {"days": days}
