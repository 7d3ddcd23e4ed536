"""A call sheet: a shortlist of clinics that only the address of its page stores (`?id=1&id=2`)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import segno
from django.db.models import BigIntegerField
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.models import Clinic
from clinics.search import facets, treats
from clinics.search.characters import LONGEST_TEXT
from clinics.search.filters import printable, with_new_names
from clinics.search.statements import denial

MOST_CLINICS = 6  # as many as fit on a printed page
MOST_READ = 60  # numbers in one address
LONGEST_NAME_IN_TEXT = 60  # characters: six clinics stay under 700, which a phone sends as five messages


@dataclass
class Selection:
    """The clinics of a sheet in the order asked for, and a sentence for each number without one."""

    clinics: list[Clinic] = field(default_factory=list)
    closed: list[Clinic] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def select_clinics(texts: list[str]) -> Selection:
    """The clinics with the numbers in `texts`, in two queries, however many there are.

    A merged clinic is shown as what it was merged into; closed and withdrawn ones are left out.
    """
    selection = Selection()
    numbers = read_numbers(texts)
    if None in map(_number, texts):
        selection.sentences.append(_("A part of the address is not the number of a clinic, so it was left out."))
    merged_into = dict(Clinic.objects.filter(pk__in=numbers).values_list("pk", "merged_into"))
    wanted = {merged_into.get(number) or number for number in numbers}
    rows = Clinic.objects.with_contact_source().with_phone_shared_by().defer("position").filter(pk__in=wanted)
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


def sheet_query(clinics: list[Clinic], search: Iterable[tuple[str, str]] = ()) -> str:
    """ "id=1&id=2", followed by the parameters of a search."""
    return urlencode([*(("id", clinic.pk) for clinic in clinics), *search])


def qr_code(url: str):
    """The address as a QR code: an SVG without style attributes, which the site's policy would refuse.

    Black on white on dark pages too, since some cameras read nothing else.
    """
    code = segno.make(url, error="m", micro=False)
    svg = code.svg_inline(border=3, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 - lines and numbers; the address is drawn, not quoted


def text_message(clinics: list[Clinic]) -> str:
    """The `sms:` address (RFC 5724) whose body holds names and numbers; the owner of the phone chooses the recipient.

    `?&` works on iPhones, which want an ampersand, and on others, which want a question mark.
    """
    lines = [_("To call:")]
    for clinic in clinics:
        name = Truncator(clinic.name).chars(LONGEST_NAME_IN_TEXT, truncate="...")
        refusal = denial(clinic)
        number = clinic.phone_for_new_patients or _("number not stated")
        lines.append(f"{name}: {number}{f' ({refusal})' if refusal else ''}")
    return f"sms:?&body={quote(chr(10).join(lines), safe='')}"
