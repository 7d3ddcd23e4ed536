"""What a search is about: clinics that state a medicine for opioid use disorder, unless the reader asks for more.

The one place of that rule. Searches follow it through `Criteria` (queries.py), every other list and count of readers
through `Clinic.objects.treating()`. Nobody who says that they do not treat opioid use disorder is in a list or a count
that was not asked for them by name, `treats=any`.
"""

from django.utils.translation import gettext

from clinics.search import facets, statements

PARAMETER = "treats"
MEDICINE, OPIOIDS, ANY = "medicine", "opioids", "any"
DEFAULT = MEDICINE
OF_A_NAME = OPIOIDS  # in place of the default: who asks for one clinic is told what it says, not that there is none
# By what the parameter says: the bits of treatment_bits of which a clinic has one. Each adds to the one before.
BITS = {
    MEDICINE: facets.MEDICINE.mask,
    OPIOIDS: facets.MEDICINE.mask | facets.NOT_STATED.mask,
    ANY: facets.TREATS.mask,
}
NALTREXONE = "naltrexone"
INJECTION = "-injection"  # ends the slug of a form of a medicine
# The bits that decide what is told of its medicine.
TOLD_BY = facets.TREATS.mask | facets.MEDICATION.mask | facets.ACCEPTS_OUTSIDE_MEDICATION.mask


def asked_for(query) -> str:
    """What the parameters of an address ask for; the default where that cannot be read."""
    asked = query.get(PARAMETER, DEFAULT)
    return asked if asked in BITS else DEFAULT


def stated_by(clinic) -> facets.FacetValue:
    """The one of `facets.TREATS` that is true of a clinic."""
    return next((value for value in facets.TREATS.values if clinic.treatment_bits & value.mask), facets.NOT_STATED)


def medicines_named(treatment_bits: int) -> list[facets.FacetValue]:
    """The medicines that a clinic names as its own; none of one that denies to treat opioid use disorder.

    Each once: without the injection of a medicine that is named already.
    """
    if treatment_bits & facets.DENIES.mask:
        return []
    named = [value for value in facets.MEDICATION.values if treatment_bits & value.mask]
    slugs = {value.slug for value in named}
    return [
        value
        for value in named
        if not (value.slug.endswith(INJECTION) and value.slug.removesuffix(INJECTION) in slugs)
    ]


def eases_withdrawal(treatment_bits: int) -> bool:
    """Whether it may give a medicine that does: naltrexone alone does not, and can bring on sudden withdrawal."""
    named = {value.slug.removesuffix(INJECTION) for value in medicines_named(treatment_bits)}
    return named != {NALTREXONE}


def reason_for_no_medicine(treatment_bits: int, denied_bits: int) -> str:
    """What a clinic that names no medicine says instead, in the reader's language."""
    if denial := statements.denial_of(treatment_bits, denied_bits):
        return denial
    if treatment_bits & facets.MEDICINE.mask:
        return gettext("Gives medicine for opioids. Does not say which: ask")
    if treatment_bits & facets.ACCEPTS_OUTSIDE_MEDICATION.mask:
        return gettext("Does not say it prescribes. You may bring medicine from another doctor")
    return gettext("Does not say whether it gives medicine for opioids")
