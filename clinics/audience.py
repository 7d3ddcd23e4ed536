"""Whom a clinic serves, where that is not everybody: by the codes of who runs it, and by names of jails and prisons.

No code book has a code for places inside a jail or prison, so those are known by their names alone. None of this
changes which clinics a search finds, or their order.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinics.search.facets import SERVES

HELD_THERE = "people-held-there"
TEXTS: dict[str, Promise | str] = {
    "enrolled-veterans": _("For enrolled veterans"),
    "american-indian-alaska-native": _("For American Indian and Alaska Native people; ask whether others are seen"),
    "service-members": _("For service members and their families"),
    HELD_THERE: _("For people held there: it is in a jail or prison"),
}
# Not "Correctional Services", which are offices for people on probation.
BEHIND_BARS = re.compile(
    r"\b(jail|prison|penitentiary|detention (center|centre|facility|complex)|houses? of corrections?"
    r"|correctional (facility|institution|institute|center|centre|complex))\b"
)
# For people who are out, or are not sent there: "Jail Diversion Program", "Prison Fellowship".
NOT_BEHIND_BARS = re.compile(r"\b(diversion|re-?entry|alternatives?|ministr(y|ies)|fellowship)\b")
HINTS = ("jail", "prison", "penitentiary", "detention", "correction")  # of it: twenty names a page are looked at


def serves(clinic) -> list[str]:
    """The slugs of those a clinic is for; empty: no source limits it."""
    found = []
    if clinic.patient_bits & SERVES.mask:
        found = [value.slug for value in SERVES.values if clinic.patient_bits & value.mask]
    name = f"{clinic.name} | {clinic.name_detail}".lower()
    if any(hint in name for hint in HINTS) and BEHIND_BARS.search(name) and not NOT_BEHIND_BARS.search(name):
        found.append(HELD_THERE)
    return found


def serves_text(clinic) -> str:
    """In words for readers; "" where nobody is left out."""
    return ". ".join(str(TEXTS[slug]) for slug in serves(clinic))
