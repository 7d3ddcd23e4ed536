"""The forms in which a clinic's address is asked of a geocoder: at most two, or the reason why none is sent.

The first is the street as the list states it, without what no geocoder can place: suite, floor, post office box, c/o.
The second is for an address that was not found: highways, directions and Puerto Rico's addresses in the words of the
Census Bureau's street files. Only what is asked changes; the address that readers see stays as it is. The patterns are
in street_words.py.
"""

import re
from typing import NamedTuple

from clinics.locations import street_words as words

WITHHELD = "the address is withheld"
ONLY_A_BOX = "only a post office box"
RURAL_ROUTE = "only a rural route, which is a way of the mail and no place"
A_CORNER = "the corner of two streets, without a house number"
NO_NUMBER = "no house number"
NO_CITY = "neither a ZIP code nor a city and state"

LONGEST_STREET = 100  # characters; the Census Bureau's files have no longer ones
PUERTO_RICO = "PR"


class Address(NamedTuple):
    """What is sent: a house number and street, and where that is."""

    street: str
    city: str
    state: str
    zip_code: str

    def __str__(self):
        return ", ".join(filter(None, [self.street, self.city, f"{self.state} {self.zip_code}".strip()]))


class Forms(NamedTuple):
    """`as_sent` is asked first, `cleaned` after a tie or no match; without `as_sent` nothing is, for the `reason`."""

    as_sent: Address | None = None
    cleaned: Address | None = None  # None: it would be the same again
    reason: str = ""


def forms_of(street: str, street_detail: str, city: str, state: str, zip_code: str) -> Forms:
    """How to ask for an address that is in the columns of a clinic."""
    if not (zip_code or (city and state)):
        return Forms(reason=NO_CITY)
    stated = stated_street(street, street_detail, state)
    if not stated:
        return Forms(reason=why_not(f"{street} {street_detail}"))
    cleaned = cleaned_street(stated, state, zip_code)
    as_sent = Address(stated, city, state, zip_code)
    return Forms(as_sent, as_sent._replace(street=cleaned) if cleaned != stated else None)


def stated_street(street: str, street_detail: str, state: str) -> str:
    """The part with a house number, or the kilometre of a road in Puerto Rico; "" if there is none.

    Some lists have the name of the building as the street, and the street in the detail.
    """
    texts = [street, street_detail]
    if words.ONLY_NUMBERS.fullmatch(street):  # "582, 584", "and 586 Rio Lindo Avenue"
        texts = [f"{street} {street_detail}"]
    for part in (part for text in texts for part in parts_of(text, state)):
        part = with_digits(part)
        if has_a_number(part, state):
            return part[:LONGEST_STREET].strip()
    return ""


def why_not(text: str) -> str:
    """The reason why a text without a house number is not asked for."""
    if not any(map(str.isalnum, text)):
        return WITHHELD
    if words.RURAL_ROUTE.search(text):
        return RURAL_ROUTE
    if words.PO_BOX.search(text):
        return ONLY_A_BOX
    return A_CORNER if words.CORNER.search(text) and words.STREET_TYPE.search(text) else NO_NUMBER


def parts_of(text: str, state: str) -> list[str]:
    """What may be a street: the parts between commas, without boxes, rural routes, names of people and units."""
    for unplaceable in (words.BRACKETS, words.RURAL_ROUTE, words.PO_BOX, words.CARE_OF):
        text = unplaceable.sub(" , ", text)
    text = words.SEVERAL_NUMBERS.sub(r"\1 ", text)
    parts = [" ".join(part.split()).strip(" .-") for part in re.split(r",(?!\d)|[;|]", text)]
    if state == PUERTO_RICO:
        parts = [number_first(part) for part in parts]
    return [without_unit(part) for part in parts if part]


def without_unit(street: str) -> str:
    """ "123 Main Street Suite 4" as "123 Main Street"; "12346 RM 620" is a road of Texas and no room."""
    street = words.UNIT_BEFORE.sub("", street)
    cut = words.UNIT_BEHIND.sub("", street)
    return street if cut.isdigit() else cut


def number_first(street: str) -> str:
    """ "Avenida Hostos 405" as "405 Avenida Hostos"; a kilometre is no house number."""
    found = words.PR_NUMBER_BEHIND.fullmatch(street)
    if found is None or words.KILOMETRE.search(street) or found["street"].casefold() == "calle":
        return street
    return f"{found['number']} {found['street']}"


def with_digits(street: str) -> str:
    """ "One Main Street" as "1 Main Street", but not "Six Mile Road"."""
    first, *rest = street.split()
    number = words.NUMBERS.get(first.casefold())
    if number is None or not rest or rest[0].casefold() in words.COUNTED:
        return street
    return " ".join([str(number), *rest])


def has_a_number(street: str, state: str) -> bool:
    """Whether it begins with a house number and says more than that."""
    if state == PUERTO_RICO and words.KILOMETRE.search(street):
        return True
    first, *rest = street.split()
    if rest and first.casefold() in words.GRID_WORDS:  # "North 3152 State Road 81"
        return len(rest) > 1 and rest[0].isdigit() and len(rest[0]) > 2
    is_number = words.HOUSE.fullmatch(first) or (state == PUERTO_RICO and words.LOT.fullmatch(first))
    is_street = any(word.casefold() not in words.NO_STREET for word in rest if word[:1].isalpha())
    return bool(is_number) and (is_street or words.STREET_TYPE.search(" ".join(rest)) is not None)


def cleaned_street(street: str, state: str, zip_code: str) -> str:
    """The street in the words of the Census Bureau's files, with one plain house number."""
    street = without_second_street(street)
    street = in_puerto_rico(street) if state == PUERTO_RICO else one_number(street, state, zip_code)
    if state in words.NAVAJO_STATES:
        street = words.NAVAJO.sub("Navajo Svc Rte ", street)
    for pattern, replacement in words.ROADS:
        street = pattern.sub(replacement, street)
    street = words.DIRECTION.sub(shortened, street)
    return " ".join(re.sub(r"\.(?!\d)", " ", street).split())


def shortened(direction: re.Match) -> str:
    letters = re.sub(r"[\s.]", "", direction[0]).casefold()
    return words.DIRECTIONS.get(letters, letters.upper())


def without_second_street(street: str) -> str:
    """ "462 1st Avenue and 27th Street" without the second one; "100 Johnson and Johnson Plaza" as it is."""
    found = words.SECOND_STREET.search(street)
    return street[: found.start()] if found and words.STREET_TYPE.search(street[: found.start()]) else street


def one_number(street: str, state: str, zip_code: str) -> str:
    """The first number of a range, without fraction or letter.

    The hyphens of Queens and Hawaii are part of a number, and so are the letters of Wisconsin's grid.
    """
    street = words.GRID_IN_WORDS.sub(lambda found: f"{found[1][0].upper()}{found[2]} ", street)
    street = words.GRID_WITH_BLANK.sub(r"\1\2 ", street)
    street = words.FRACTION.sub(r"\1 ", street)
    if not (state == "HI" or zip_code.startswith(words.QUEENS)):
        street = words.RANGE.sub(r"\1 ", street)
    return words.LETTER_BEHIND.sub(r"\1 ", street)


def in_puerto_rico(street: str) -> str:
    """House number or kilometre and street, without urbanización, barrio and sector."""
    street = " ".join(words.PR_INTERIOR.sub(" ", words.PR_AREA.sub(" ", street)).split()) or street
    for pattern, replacement in words.PR_ROADS:
        street = pattern.sub(replacement, street)
    found = words.KILOMETRE.search(street)
    if not found:
        return street
    road = " ".join((street[: found.start()] + street[found.end() :]).split())
    tenth = f".{found['hm']}" if found["hm"] else ""
    return f"Km {found['km'].replace(',', '.')}{tenth} {road}"
