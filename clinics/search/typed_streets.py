"""A street address that a reader typed: its own point where the site has a sheet of addresses, else that of its place.

Looked up on this machine, told to nobody, kept nowhere. Without a sheet, or where the sheet does not have the house,
the reader is told from where the distances are.
"""

import re
from dataclasses import replace

from django.utils.translation import gettext as _

from clinics.locations import gridpin_sheet
from clinics.locations.address_forms import Address, stated_street
from clinics.locations.street_words import STREET_TYPE
from clinics.search.gazetteer import Place
from clinics.search.readings import LONGEST_STATE, state_of
from clinics.search.words import Understanding

ADDRESS = "address"  # the kind of such a place
ENDS = " .,"
ZIP_AT_THE_END = re.compile(r"[0-9]{5}(?:-[0-9]{4})?[ .,]*$")


def at_street(text: str, place: Place, understanding: Understanding) -> Place:
    """`place`, or where in it the street address in `text` is."""
    street = street_in(text, place)
    if not street:
        return place
    if not gridpin_sheet.is_chosen():
        sentence = _("We do not look up streets. Distances are from the middle of %(place)s.")
    elif found := find_street(street, place):
        return found
    else:
        sentence = _("We did not find that street address. Distances are from the middle of %(place)s.")
    understanding.say(sentence, place=place.name)
    return place


def street_in(text: str, place: Place) -> str:
    """The house number and street before the name of the place; "" if there are none."""
    if not (place.zip_code or place.kind == "city"):
        return ""
    rest = before_the_place(text, place)
    street = stated_street(rest, "", place.state)
    return street if street and STREET_TYPE.search(street.partition(" ")[2]) else ""


def before_the_place(text: str, place: Place) -> str:
    """ "123 Main St, Springfield, MA 01103" without ZIP code, state and city."""
    rest = ZIP_AT_THE_END.sub("", text).strip(ENDS)
    words = rest.replace(",", " ").split()
    for length in range(min(LONGEST_STATE, len(words)), 0, -1):
        if state_of(" ".join(words[-length:])):
            rest = re.sub(r"[\s,]+".join(map(re.escape, words[-length:])) + "$", "", rest).strip(ENDS)
            break
    city = place.label.rpartition(", ")[0]
    return re.sub(rf"{re.escape(city)}$", "", rest, flags=re.IGNORECASE).strip(ENDS)


def find_street(street: str, place: Place) -> Place | None:
    """The address in the sheet, near the place it was typed with."""
    city = place.label.rpartition(", ")[0]
    try:
        found = gridpin_sheet.find(Address(street, city, place.state, place.zip_code))
    except gridpin_sheet.SheetUnavailable:  # `manage.py doctor` tells the operator
        return None
    if found is None:
        return None
    label = str(found.address)
    return replace(
        place, label=label, kind=ADDRESS, coordinates=found.point, zip_code=found.address.zip_code, note="", also=[]
    )
