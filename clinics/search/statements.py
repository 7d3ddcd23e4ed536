"""From what a clinic's services state and deny to the bits that the search reads: yes, no and not stated.

A no is stated (`Service.denies` in clinics/data/services.csv), never guessed from silence, and wins over a yes of the
same source. tests/data/service_meanings.csv says of each service which it is, and why.
"""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_

from django.utils.translation import gettext

from clinics.search import facets
from clinics.search.facets import (
    DENIED,
    DENIES,
    GROUPS,
    MASKS,
    MEDICINE,
    NOT_STATED,
    RETIRING,
    SERVES,
    TREATS,
    VALUES,
    FacetValue,
)

OPIOIDS = "treats/opioids"  # stated as a no: it treats no opioid use disorder, with medicine or without
TREATS_ALCOHOL = "alcohol/treatment"
ALCOHOL = (TREATS_ALCOHOL, "alcohol/medicine")  # stated and denied too, but nobody searches here by them
OFFICE_BASED_NEEDS = ("medication/buprenorphine", "setting/outpatient")
# What follows from a facet. Each medicine for opioid use disorder, and the certificate to give one, is "medicine".
FOLLOWS = {
    "medication/buprenorphine-injection": ("medication/buprenorphine",),
    "medication/naltrexone-injection": ("medication/naltrexone",),
    "medication/buprenorphine": (MEDICINE.key,),
    "medication/methadone": (MEDICINE.key,),
    "medication/naltrexone": (MEDICINE.key,),
    "kind/otp": (MEDICINE.key,),
    "care/accepts-outside-medication": ("medication/accepts-outside-medication",),  # its old bit: facets.RETIRING
}
_SERVES = {value.key: value for value in SERVES.values}
NALTREXONE = frozenset({"medication/naltrexone", "medication/naltrexone-injection", MEDICINE.key})
# The bits of treatment_bits of which each alone is "medicine".
STATES_MEDICINE = reduce(or_, (VALUES[key].mask for key, others in FOLLOWS.items() if MEDICINE.key in others))


def stated_keys() -> list[str]:
    """What a service can state: what it can deny, or whom a clinic is for."""
    return [*_deniable(), *_SERVES]


def deniable_keys() -> list[str]:
    """What a service can deny."""
    return [OPIOIDS, *_deniable()]


def _deniable() -> list[str]:
    """A facet of the search, a medicine without saying which, or something about alcohol."""
    return [key for key, _label in facets.facet_choices()] + [MEDICINE.key, *ALCOHOL]


def masks(stated: Collection[str], denied: Collection[str] = ()) -> dict[str, int]:
    """The stored bit masks {column: mask} of a clinic whose services state the facets `stated` and deny `denied`.

    A no wins over a yes. Office-based is derived: outpatient care with buprenorphine that is not a certified opioid
    treatment program. Raises KeyError for a facet that does not exist.
    """
    derived = set(with_what_follows(stated))
    if "kind/otp" not in derived and derived.issuperset(OFFICE_BASED_NEEDS):
        derived.add("kind/office-based")
    result = dict.fromkeys(MASKS, 0)
    for key in derived.difference([MEDICINE.key], ALCOHOL):
        value = _SERVES.get(key) or VALUES.get(key)
        column, bit = (value.column, value.bit) if value else RETIRING[key]
        result[column] |= 1 << bit
    result[DENIED] = reduce(or_, (denied_mask(key) for key in denied), 0)
    result["treatment_bits"] &= ~result[DENIED]
    result["treatment_bits"] |= _treats(MEDICINE.key in derived, result[DENIED]).mask
    return result


def with_what_follows(stated: Iterable[str]) -> frozenset[str]:
    found = set(stated)
    for key, others in FOLLOWS.items():  # in this order, so that what follows from one is there for the next
        if key in found:
            found.update(others)
    return frozenset(found)


def denied_keys(denied: Iterable[str]) -> frozenset[str]:
    """What cannot be true beside these denials."""
    return frozenset(denied) | ({MEDICINE.key} if OPIOIDS in denied else set())


def denied_mask(key: str) -> int:
    """The bits of treatment_bits that `key`, stated as a no, denies."""
    if key == OPIOIDS:
        return MEDICINE.mask | NOT_STATED.mask
    value = MEDICINE if key == MEDICINE.key else VALUES.get(key)
    return value.mask if value and value.column == "treatment_bits" else 0


def _treats(states_medicine: bool, denied: int) -> FacetValue:
    """Which one of TREATS is true of a clinic that denies the bits `denied`."""
    if states_medicine and not denied & MEDICINE.mask:
        return MEDICINE
    return DENIES if denied & NOT_STATED.mask else NOT_STATED


def denial(clinic) -> str:
    """What a clinic says no to that decides whether it can help, in the reader's language; "" if it says no no."""
    return denial_of(clinic.treatment_bits, clinic.denied_bits)


def denial_of(treatment_bits: int, denied_bits: int) -> str:
    if treatment_bits & DENIES.mask:
        return gettext("Says it does not treat opioid use disorder")
    if denied_bits & MEDICINE.mask:
        return gettext("Says it does not use medication for opioid use disorder")
    return ""


def denied_slugs_by_group(clinic) -> dict[str, list[str]]:
    """{group: [value slugs]} of what a clinic says no to; a group without a no is left out."""
    found = {
        group.slug: [value.slug for value in group.values if clinic.denied_bits & value.mask]
        for group in GROUPS
        if group.column == "treatment_bits"
    }
    denied = clinic.denied_bits
    treats = ["opioids"] if denied & NOT_STATED.mask else []
    treats += [MEDICINE.slug] if denied & MEDICINE.mask else []
    return {slug: slugs for slug, slugs in ({TREATS.slug: treats} | found).items() if slugs}
