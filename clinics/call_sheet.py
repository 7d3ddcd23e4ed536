"""A call sheet: a shortlist of clinics that only the address of its page stores (`?id=1&id=2`)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from django.db.models import BigIntegerField
from django.utils.html import strip_tags
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinics.closings import closing_text, holiday_text
from clinics.hours import readable_week
from clinics.models import Clinic
from clinics.questions import kinds, stated
from clinics.search import facets, treats
from clinics.search.characters import LONGEST_TEXT
from clinics.search.filters import printable, with_new_names
from clinics.search.rows import SaidAbove, contact_age, labels_html, medicine_html, new_patients_html

MOST_CLINICS = 6  # as many as fit on a printed page
MOST_READ = 60  # numbers in one address
LONG_CHARACTERS = 330  # of what one clinic states: beyond, a sheet is printed small


@dataclass
class Selection:
    """The clinics of a sheet in the order asked for, and a sentence for each number without one."""

    clinics: list[Clinic] = field(default_factory=list)
    closed: list[Clinic] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def select_clinics(texts: list[str], journeys_from: str = "") -> Selection:
    """The clinics with the numbers in `texts`, in two queries, however many there are.

    A merged clinic is shown as what it was merged into; closed and withdrawn ones are left out. `journeys_from`: the
    ZIP code from which obstacles on the way are told.
    """
    selection = Selection()
    numbers = read_numbers(texts)
    if None in map(_number, texts):
        selection.sentences.append(_("A part of the address is not the number of a clinic, so it was left out."))
    merged_into = dict(Clinic.objects.filter(pk__in=numbers).values_list("pk", "merged_into"))
    wanted = {merged_into.get(number) or number for number in numbers}
    rows = Clinic.objects.with_contact_source().with_phone_shared_by().with_journey_from(journeys_from).with_closings()
    rows = rows.defer("position").filter(pk__in=wanted)
    found = {clinic.pk: clinic for clinic in rows if clinic.is_listed or clinic.closed_on}
    for number in numbers:
        _place(number, found.get(merged_into.get(number) or number), selection)
    _name_unknown([number for number in numbers if (merged_into.get(number) or number) not in found], selection)
    if len(selection.clinics) > MOST_CLINICS:
        selection.sentences.append(
            _("A call sheet holds %(most)d clinics, so these are the first ones you chose.") % {"most": MOST_CLINICS}
        )
        del selection.clinics[MOST_CLINICS:]
    return selection


def read_numbers(texts: list[str]) -> list[int]:
    """Each readable number once, in their order; the first ones of an address that names hundreds."""
    numbers = map(_number, texts[:MOST_READ])
    return list(dict.fromkeys(number for number in numbers if number is not None))


def _number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= BigIntegerField.MAX_BIGINT
    return int(text) if is_number else None


def _place(number: int, clinic: Clinic | None, selection: Selection) -> None:
    """Add the clinic that was found under `number` to the selection, with a sentence if that needs one."""
    if clinic is None:
        return
    if clinic.pk != number:
        sentence = _("Clinic number %(number)d is the same place as %(name)s, which is shown instead.")
        selection.sentences.append(sentence % {"number": number, "name": clinic.full_name})
    chosen = selection.clinics if clinic.is_listed else selection.closed
    if clinic not in chosen:
        chosen.append(clinic)


def _name_unknown(numbers: list[int], selection: Selection) -> None:
    if numbers:
        sentence = ngettext(
            "Clinic number %(numbers)s is not in our directory, so it was left out.",
            "The clinic numbers %(numbers)s are not in our directory, so they were left out.",
            len(numbers),
        )
        named = ", ".join(map(str, numbers[:MOST_CLINICS])) + (", ..." if len(numbers) > MOST_CLINICS else "")
        selection.sentences.append(sentence % {"numbers": named})


def search_parameters(query) -> list[tuple[str, str]]:
    """The parameters of the search that led to the sheet, for the link back; nothing else of a QueryDict."""
    query = with_new_names(query)
    names = ("q", "near", "radius", "sort", treats.PARAMETER, *(group.slug for group in facets.GROUPS))
    return [(name, printable(value)[:LONGEST_TEXT]) for name in names for value in query.getlist(name) if value]


def search_query(query) -> str:
    """The same as one text, "near=02139&payment=medicaid", for the addresses of the clinics that it found."""
    return urlencode(search_parameters(query), quote_via=quote)


def sheet_query(clinics: list[Clinic], search: Iterable[tuple[str, str]] = ()) -> str:
    """ "id=1&id=2", followed by the parameters of a search."""
    return urlencode([*(("id", clinic.pk) for clinic in clinics), *search])


@dataclass
class SheetClinic:
    """A clinic as the sheet shows it: what it states, by its label, and what is not said above all of them."""

    clinic: Clinic
    stated: list[tuple[str, str]]
    unknown: list[str]  # labels
    source: str  # who vouches for its address and phone
    query_without_it: str
    first_visit: str  # left out on paper where many clinics share a sheet
    today: str  # what differs from its hours today

    @property
    def is_long(self) -> bool:
        clinic = self.clinic
        texts = [clinic.name, clinic.name_detail, clinic.street, clinic.street_detail, clinic.city, *clinic.phones[1:]]
        texts += [self.today, *(f"{label}: {strip_tags(text)}" for label, text in self.stated)]
        return sum(map(len, texts)) > LONG_CHARACTERS


@dataclass
class Sheet:
    """The clinics, and what is true of all of them: said once, above."""

    clinics: list[SheetClinic]
    source: str
    unknown: list[str]

    @property
    def is_long(self) -> bool:
        return any(clinic.is_long for clinic in self.clinics)


def sheet_of(clinics: list[Clinic], search: Iterable[tuple[str, str]] = ()) -> Sheet:
    said, facts = SaidAbove.of(clinics), [facts_of(clinic) for clinic in clinics]
    labels = list(facts[0]) if facts else []
    nobody = [label for label in labels if not any(each[label] for each in facts)]
    shown = [
        SheetClinic(
            clinic,
            [(label, text) for label, text in each.items() if text],
            [label for label, text in each.items() if not text and label not in nobody],
            "" if said.source else contact_age(clinic),
            sheet_query([other for other in clinics if other != clinic], search),
            first_visit_of(clinic),
            closing_text(clinic) or holiday_text(clinic),
        )
        for clinic, each in zip(clinics, facts, strict=True)
    ]
    return Sheet(shown, said.source, nobody)


def facts_of(clinic: Clinic) -> dict[str, str]:
    """What decides before the call, by its label; "" where it is not stated."""
    language, known, walk_in = get_language(), clinic.as_known, clinic.walk_in_hours
    return {
        _("Medication"): medicine_html(clinic, language),
        _("New patients"): new_patients_html(known.accepting_new_patients, known.days_to_first_visit, language),
        _("Hours"): "" if clinic.open_hours is None else readable_week(clinic.open_hours),
        _("Walk-in"): "" if walk_in is None else readable_week(walk_in) if walk_in else _("only with an appointment"),
        _("Payment"): labels_html("payment", facets.mask_in(clinic, "payment"), language),
    }


def first_visit_of(clinic: Clinic) -> str:
    """What it answers to the questions of the registry, as one line; "" where it answers none."""
    answers = stated.statements(clinic)
    return "; ".join(f"{each.question.label}: {kinds.in_words(each.question, each.value)}" for each in answers)
