"""A list of clinics as a text page: the helplines, what is true of all, then as many clinics as fit into 6 KB.

The words of a clinic are those of its row (rows.py), without markup.
"""

import re
from collections.abc import Callable
from html import unescape

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinics.context_processors import directory_is_demo
from clinics.models import Clinic
from clinics.search import rows, treats
from clinics.search.far import Telehealth
from clinics.search.filters import ClinicFilter
from clinics.search.headings import heading
from clinics.search.results import Search
from core import brand
from core.phones import extension_of, without_extension

MOST_BYTES = 6000
Absolute = Callable[[str], str]  # the address of a path, with the site's host


def list_text(search: Search, absolute: Absolute) -> str:
    """The list of a search that has a place."""
    clinics = search.results or search.beyond
    frame = frame_of(search, clinics)
    said = [
        *sentences_of(search.filters),
        heading(search),
        *what_it_is_about(search),
        search.gap.sentence if search.gap else "",
        _("Phones: %(source)s.") % {"source": frame.said.source} if frame.said.source else "",
        frame.said.of_new_patients,
        *(f"{sentence}." for sentence in (frame.said.notice, frame.said.holiday) if sentence),
    ]
    head = [helplines(), "\n".join(filter(None, said))]
    first: list[Clinic] = []
    if search.telehealth and search.telehealth.clinics:
        first = search.telehealth.clinics
        head += [
            telehealth(search.telehealth),
            *(clinic_text(clinic, frame) for clinic in first),
            _("Clinics to go to"),
        ]
    elif not search.results and clinics:
        head.append(_("The nearest that fit, farther away"))
    told = [clinic for clinic in clinics if clinic not in first]
    items = [clinic_text(clinic, frame) for clinic in told]
    among_first = sum(clinic in clinics for clinic in first)
    return fitting(head, items, lambda shown: foot(search, shown + among_first, absolute))


def way_on_text(filters: ClinicFilter, absolute: Absolute) -> str:
    """What to do where no place was understood."""
    choices = filters.typed.choices if filters.typed else ()
    lists = [f"{choice}: {absolute(reverse('clinics:list_as_text', args=[choice]))}" for choice in choices]
    ways = [
        f"{_('Search')}: {absolute(reverse('clinics:clinic_list'))}",
        f"{_('Choose your state from a list')}: {absolute(reverse('clinics:state_list'))}",
    ]
    parts = [helplines(), "\n".join(sentences_of(filters)), "\n".join(lists), "\n".join(ways)]
    return "\n\n".join(filter(None, parts)) + "\n"


def fitting(head: list[str], items: list[str], foot_of: Callable[[int], str]) -> str:
    """The parts with an empty line between them, and as many of the `items` as fit into MOST_BYTES."""
    text = ""
    for shown in range(len(items), -1, -1):
        text = "\n\n".join([*head, *items[:shown], foot_of(shown)]) + "\n"
        if len(text.encode()) <= MOST_BYTES:
            break
    return text


def helplines() -> str:
    lines = [
        _("Overdose? Call 911, give naloxone"),
        _("Crisis: call or text 988"),
        _("Helpline, free, day and night: 1-800-662-4357"),
        *(f"{line.name}: {line.number}" for line in brand.site_helplines()),
    ]
    if directory_is_demo():
        lines += ["", f"DEMO: {_('Every clinic on this site is invented. Do not call these numbers.')}"]
    return "\n".join(lines)


def sentences_of(filters: ClinicFilter) -> list[str]:
    """What is wrong with the search, and what was read in another way than it was typed, each on one line."""
    errors = [message for messages in filters.form.errors.values() for message in messages]
    notes = filters.typed.notes if filters.typed else ()
    place_note = filters.place.note if filters.place else filters.question
    return [" ".join(sentence.split()) for sentence in (*errors, *notes, place_note) if sentence]


def what_it_is_about(search: Search) -> list[str]:
    chosen = [str(value.label) for values in search.filters.selection.values() for value in values]
    return [
        _("They say that they give medicine for opioids.") if search.criteria.treats == treats.MEDICINE else "",
        f"{_('Filters')}: {', '.join(chosen)}" if chosen else "",
    ]


def telehealth(group: Telehealth) -> str:
    """What stands above those who treat by phone or video in the state, where they come before the list."""
    heading = _("Telehealth in %(state)s: %(total)s") % {"state": group.state_name, "total": intcomma(group.count)}
    return "\n".join([heading, _("Ask whether your first visit can be by phone or video.")])


def frame_of(search: Search, clinics: list[Clinic]) -> rows.Frame:
    """What is told of each clinic, and what of all of them at once, as in the rows of the page."""
    return rows.Frame(
        query="",
        ticked=None,
        level=0,
        asked=tuple(value for values in search.filters.selection.values() for value in values),
        said=rows.SaidAbove.of(clinics),
        state=search.place.state if search.place else "",
        today=timezone.localdate(),
        language=get_language(),
    )


def clinic_text(clinic: Clinic, frame: rows.Frame) -> str:
    """Name, how far and where, what decides, the number."""
    distance, source = clinic.distance, rows.contact_age(clinic)
    where = [distance.text, distance.way] if distance else []
    lines = [
        clinic.full_name,
        capfirst(", ".join(filter(None, [*where, rows.city_text(clinic, frame)]))),
        words(rows.decisive_facts(clinic, frame)),
        number(clinic),
        "" if source == frame.said.source else source,
    ]
    return "\n".join(filter(None, lines))


def number(clinic: Clinic) -> str:
    phone = clinic.phone_for_new_patients
    if not phone:
        return clinic.first_phone_words or _("number not stated")
    extension = extension_of(phone)
    beside = [
        _("then dial %(extension)s") % {"extension": extension} if extension else "",
        rows.shared_line(clinic.phone_shared_by, get_language()),
    ]
    return ", ".join(filter(None, [without_extension(phone), *beside]))


def words(markup: str) -> str:
    """The words of a partial without its tags."""
    return re.sub(r"\s+([,.])", r"\1", " ".join(unescape(strip_tags(markup)).split()))


def foot(search: Search, shown: int, absolute: Absolute) -> str:
    """Where the rest is, and the credit that the roads' license asks for."""
    says = _("This list with filters:")
    if shown < search.count:
        numbers = {"shown": shown, "total": search.count_text}
        says = _("%(shown)s of %(total)s are shown here. The whole list, with filters:") % numbers
    lines = [says, f"{absolute(reverse('clinics:clinic_list'))}?{search.filters.data.urlencode()}"]
    if search.roads_as_of:
        credit = f"{_('Minutes by car are without traffic. Roads:')} {_('© OpenStreetMap contributors')}"
        lines.append(f"{credit}, {search.roads_as_of}")
    return "\n".join([*lines, "", f"{settings.SITE_NAME}, {timezone.localdate().isoformat()}"])
