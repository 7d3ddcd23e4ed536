"""The facets of the search: their groups, their values, and the bit that each value has in the mask of a clinic.

A clinic keeps its facets as bits of two numbers inside the index of the search, so one index-only pass reads them all.
Counting turns the masks into bit planes, one long number for each bit with a digit for each clinic:

    clinic          A     B     C         bit 1, buprenorphine    1  1  0
    mask          011   110   101   ->    bit 0, otp              1  0  1
                                          both                    1  0  0   one clinic

A bit is an identity. While a release is being switched, processes of the old code and of the new one read the same
masks, so a bit never moves and is never given again. `clinics/data/facet_bits.csv` lists every bit ever given; a check
(clinics/search/facet_bits.py) refuses one that changed. docs/how-to/facet.md: how to add, change and remove a facet.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, reduce
from operator import or_

from django.utils.translation import gettext_lazy as _

from clinics.questions import registry

SEPARATOR = "/"  # a facet is written "medication/buprenorphine"


@dataclass(frozen=True)
class FacetValue:
    group: str
    slug: str
    label: str  # in the reader's language, once it is written out
    column: str
    bit: int  # 0 to 62

    @property
    def key(self) -> str:
        return f"{self.group}{SEPARATOR}{self.slug}"

    @cached_property
    def mask(self) -> int:
        """The number with this value's bit alone."""
        return 1 << self.bit


class Combines(StrEnum):
    """How several chosen values of one group combine. The one place of that rule; different groups always narrow.

    The values of a group that is OR are alternatives of one question: whoever takes Medicaid or Medicare pays with
    either. Those of a group that is AND are wishes of their own: who wants a clinic that is open now and sees patients
    within 48 hours is not helped by one that is closed.
    """

    OR = "or"
    AND = "and"


AND_GROUPS = ("access", "visit", "program", "care", "assistance")


@dataclass(frozen=True)
class FacetGroup:
    slug: str  # the name of the parameter in the address
    label: str
    values: tuple[FacetValue, ...]

    @property
    def combines(self) -> Combines:
        return Combines.AND if self.slug in AND_GROUPS else Combines.OR

    @property
    def column(self) -> str:
        return self.values[0].column

    @cached_property
    def mask(self) -> int:
        """The bits of all its values."""
        return mask_of(self.values)


# By column: group, label, and its values as (slug, bit, label). Pages show them in this order; the bits are as given.
_TABLE: dict[str, list] = {
    "treatment_bits": [
        (
            "kind",
            _("Kind of clinic"),
            [
                ("otp", 0, _("Methadone clinic (certified program, OTP)")),
                ("office-based", 1, _("Treatment in a doctor's office")),
            ],
        ),
        (
            "medication",
            _("Medication"),
            [
                ("buprenorphine", 2, _("Buprenorphine (Suboxone)")),
                ("methadone", 3, _("Methadone")),
                ("naltrexone", 4, _("Naltrexone")),
                ("buprenorphine-injection", 5, _("Buprenorphine injection (Sublocade, Brixadi)")),
                ("naltrexone-injection", 6, _("Naltrexone injection (Vivitrol)")),
            ],
        ),
        (
            "setting",
            _("Where and how"),
            [
                ("outpatient", 8, _("Outpatient: you live at home")),
                ("intensive-outpatient", 9, _("Intensive outpatient (IOP)")),
                ("day-treatment", 10, _("Day treatment")),
                ("residential", 11, _("Residential: you stay there")),
                ("hospital-inpatient", 12, _("Hospital inpatient")),
                ("telehealth", 13, _("Telehealth")),
            ],
        ),
        (
            "care",
            _("Care"),
            [
                ("detox", 14, _("Detox (medical withdrawal)")),
                ("counseling", 15, _("Counseling")),
                ("co-occurring", 16, _("Mental health care too")),
                ("peer-support", 17, _("Peer support")),
                ("naloxone", 18, _("Naloxone and overdose training")),
                ("case-management", 19, _("Help with arranging your care")),
                ("sober-housing", 20, _("Recovery housing")),
                ("transportation", 21, _("Help with transportation")),
                ("childcare", 22, _("Child care")),
                ("accepts-outside-medication", 27, _("You may bring medicine from another doctor")),
                ("hepatitis-hiv-care", 23, _("Hepatitis and HIV care")),
            ],
        ),
    ],
    "patient_bits": [
        (
            "payment",
            _("Payment"),
            [
                ("medicaid", 0, _("Medicaid")),
                ("medicare", 1, _("Medicare")),
                ("private-insurance", 2, _("Private insurance")),
                ("cash", 3, _("Cash, or you pay yourself")),
                ("military-insurance", 4, _("Military insurance (TRICARE)")),
                ("state-insurance", 5, _("Other health insurance of the state")),
                ("no-charge", 6, _("Free of charge")),
                ("tribal-funds", 7, _("Indian Health Service or tribal programs")),
            ],
        ),
        (
            "assistance",
            _("Help with paying"),
            [
                ("sliding-scale", 8, _("Sliding scale: pay by income")),
                ("payment-assistance", 9, _("Payment assistance")),
            ],
        ),
        (
            "program",
            _("Programs for"),
            [
                ("pregnant", 10, _("Pregnancy and after birth")),
                ("women", 11, _("Women")),
                ("men", 12, _("Men")),
                ("adolescents", 18, _("Teenagers")),
                ("young-adults", 19, _("Young adults")),
                ("veterans", 14, _("Veterans")),
                ("lgbtq", 13, _("LGBTQ people")),
                ("justice-involved", 20, _("People in the justice system")),
                ("active-duty", 15, _("Active-duty military")),
                ("military-families", 16, _("Military families")),
                ("older-adults", 17, _("Older adults")),
                ("trauma", 21, _("People who lived through trauma")),
                ("domestic-violence", 22, _("People who faced partner violence")),
                ("sexual-abuse", 23, _("People who faced sexual abuse")),
                ("hiv", 24, _("People with HIV")),
                ("chronic-pain", 25, _("People with chronic pain")),
                ("opioid-only", 26, _("Opioid use disorder only")),
            ],
        ),
        (
            "language",
            _("Languages"),
            [
                ("spanish", 27, _("Spanish")),
                ("sign-language", 28, _("Sign language")),
                ("american-indian-alaska-native", 29, _("American Indian or Alaska Native languages")),
                ("other-language", 30, _("Other languages")),
                ("arabic", 31, _("Arabic")),
                ("chinese", 32, _("Chinese")),
                ("creole", 33, _("Creole")),
                ("farsi", 34, _("Farsi")),
                ("french", 35, _("French")),
                ("german", 36, _("German")),
                ("greek", 37, _("Greek")),
                ("hebrew", 38, _("Hebrew")),
                ("hindi", 39, _("Hindi")),
                ("hmong", 40, _("Hmong")),
                ("italian", 41, _("Italian")),
                ("japanese", 42, _("Japanese")),
                ("korean", 43, _("Korean")),
                ("polish", 44, _("Polish")),
                ("portuguese", 45, _("Portuguese")),
                ("russian", 46, _("Russian")),
                ("tagalog", 47, _("Tagalog")),
                ("vietnamese", 48, _("Vietnamese")),
                ("ojibwa", 49, _("Ojibwa")),
                ("yupik", 50, _("Yupik")),
            ],
        ),
        (
            "age",
            _("Ages"),
            [
                ("adults", 51, _("Adults")),
                ("young-adults", 52, _("Young adults")),
                ("children", 53, _("Children or teenagers")),
                ("older-adults", 54, _("Older adults")),
            ],
        ),
    ],
    # Not stored whole: some of it depends on the hour and on the reader's state (see clinics/availability.py).
    "availability_now": [
        (
            "access",
            _("Can I start soon?"),
            [
                ("accepting-new-patients", 0, _("Takes new patients")),
                ("within-48-hours", 1, _("Can see me within 48 hours")),
                ("medication-first-visit", 2, _("Medication at the first visit")),
                ("open-now", 3, _("Open now")),
                ("walk-in", 4, _("Walk-in hours")),
                ("telehealth-in-my-state", 5, _("Can start by telehealth in my state")),
                ("no-counseling-required", 6, _("Medicine even without counseling")),
            ],
        ),
        # One for each question that is a filter: its line in clinics/data/questions.csv has the words and the bit.
        (
            registry.FACET_GROUP,
            _("At the first visit"),
            [(question.filter_slug, question.bit, question.filter_label.lazy) for question in registry.FILTERS],
        ),
    ],
}
STORED = ("treatment_bits", "patient_bits")  # the masks of what a clinic's services state
DENIED = "denied_bits"  # beside them: the bits of treatment_bits about which it states a no
MASKS = (*STORED, DENIED)  # all that a clinic's services make


# {"group/slug": (column, bit)}: facets that pages no longer offer, while processes of the release before still filter
# by them. `load_codebook` goes on writing their bits until the next release removes them here.
RETIRING: dict[str, tuple[str, int]] = {"medication/accepts-outside-medication": ("treatment_bits", 7)}
# Facets that have another name now: addresses with the old one go on working (filters.with_new_names).
RENAMED = {"medication/accepts-outside-medication": "care/accepts-outside-medication"}


def build_groups(table: dict[str, list]) -> tuple[FacetGroup, ...]:
    return tuple(
        FacetGroup(group, label, tuple(FacetValue(group, slug, name, column, bit) for slug, bit, name in values))
        for column, entries in table.items()
        for group, label, values in entries
    )


GROUPS = build_groups(_TABLE)

# Whether it treats opioid use disorder: three bits of treatment_bits, exactly one of them set on every clinic.
# "Medicine": it states a medicine for it, or is a certified program, and does not deny it. "Denied": it says that it
# does not treat it. Not among GROUPS: what a search does with them: clinics/search/treats.py.
[TREATS] = build_groups(
    {
        "treatment_bits": [
            (
                "treats",
                _("Opioid use disorder"),
                [
                    ("medicine", 24, _("Gives medicine for opioids")),
                    ("not-stated", 25, _("Does not say that it gives medicine")),  # nothing, or that it gives none
                    ("denied", 26, _("Says it does not treat opioid use disorder")),
                ],
            )
        ]
    }
)
MEDICINE, NOT_STATED, DENIES = TREATS.values
# Whom it is for, by who runs it. Shown and never searched by: clinics/audience.py has the words for readers.
[SERVES] = build_groups(
    {
        "patient_bits": [
            (
                "serves",
                _("Whom it serves"),
                [
                    ("enrolled-veterans", 55, _("Enrolled veterans")),
                    ("american-indian-alaska-native", 56, _("American Indian and Alaska Native people")),
                    ("service-members", 57, _("Service members and their families")),
                ],
            )
        ]
    }
)
GROUPS_BY_SLUG = {group.slug: group for group in GROUPS}
# The order in which pages show them: what decides first whether a clinic can help.
GROUP_ORDER = (
    "medication",
    "access",
    "visit",
    "setting",
    "payment",
    "care",
    "kind",
    "assistance",
    "language",
    "program",
    "age",
)
# The order of the filters: first what most decides where somebody can go, which is asked as a question.
FILTER_ORDER = (
    "payment",
    "setting",
    "program",
    "medication",
    "access",
    "visit",
    "assistance",
    "care",
    "kind",
    "language",
    "age",
)
QUESTIONS = {
    "payment": _("How will you pay?"),
    "setting": _("Can you travel, or stay there?"),
    "program": _("Who is it for?"),
}
VALUES = {value.key: value for group in GROUPS for value in group.values}
COLUMNS = tuple(_TABLE)
MEDICATION = GROUPS_BY_SLUG["medication"]
MEDICINE_BY_TELEHEALTH = MEDICINE.mask | VALUES["setting/telehealth"].mask  # a clinic that gives it so has both
ACCEPTS_OUTSIDE_MEDICATION = VALUES["care/accepts-outside-medication"]  # care, not a medicine that a clinic gives


def facet_choices() -> list[tuple[str, str]]:
    """What a service can count towards, as the choices of a form field or a model field."""
    return [
        (key, f"{GROUPS_BY_SLUG[value.group].label}: {value.label}")
        for key, value in VALUES.items()
        if value.column in STORED
    ]


def mask_of(values) -> int:
    """The bits of several values of one column."""
    return reduce(or_, (value.mask for value in values), 0)


def masks_of(selection: dict[str, list[FacetValue]]) -> tuple[tuple[str, int], ...]:
    """(column, bits) of everything that was asked: a clinic answers if it has at least one bit of each of them."""
    masks: list[tuple[str, int]] = []
    for group, values in selection.items():
        if GROUPS_BY_SLUG[group].combines is Combines.AND:
            masks += [(value.column, value.mask) for value in values]
        elif values:
            masks.append((values[0].column, mask_of(values)))
    return tuple(masks)


def mask_in(clinic, group_slug: str) -> int:
    """What a clinic's masks say of one group alone."""
    group = GROUPS_BY_SLUG[group_slug]
    return getattr(clinic, group.column) & group.mask


def slugs_by_group(clinic) -> dict[str, list[str]]:
    """{group: [value slugs]} of a clinic's masks; a group without a value is an empty list, which means not stated."""
    return {
        group.slug: [value.slug for value in group.values if getattr(clinic, group.column) & value.mask]
        for group in GROUPS
    }
