"""The filters of the search: their groups, their values and the bit that each value has on a clinic.

A clinic keeps its values as two bit masks inside the index of the search, so one index-only pass counts all of them.
A value's bit is its position in the list: append, never reorder, and run `load_codebook` after a change.
"""

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

from django.utils.translation import gettext_lazy as _

SEPARATOR = "/"  # a facet is written "medication/buprenorphine"


@dataclass(frozen=True)
class FacetValue:
    group: str
    slug: str
    label: str  # in the reader's language, once it is written out
    column: str
    bit: int  # the mask with this value's bit alone

    @property
    def key(self) -> str:
        return f"{self.group}{SEPARATOR}{self.slug}"


@dataclass(frozen=True)
class FacetGroup:
    slug: str  # the name of the parameter in the address
    label: str
    values: tuple[FacetValue, ...]

    @property
    def column(self) -> str:
        return self.values[0].column

    @cached_property
    def mask(self) -> int:
        """The bits of all its values."""
        return mask_of(self.values)


# Column by column, in the order of the bits: at most 63 values a column, for a bigint has a sign.
_TABLE = {
    "treatment_bits": [
        (
            "kind",
            _("Kind of clinic"),
            [
                ("otp", _("Certified opioid treatment program (OTP)")),
                ("office-based", _("Office-based treatment")),
            ],
        ),
        (
            "medication",
            _("Medication"),
            [
                ("buprenorphine", _("Buprenorphine (Suboxone)")),
                ("methadone", _("Methadone")),
                ("naltrexone", _("Naltrexone")),
                ("buprenorphine-injection", _("Buprenorphine injection (Sublocade, Brixadi)")),
                ("naltrexone-injection", _("Naltrexone injection (Vivitrol)")),
                ("accepts-outside-medication", _("Medication prescribed elsewhere is welcome")),
            ],
        ),
        (
            "setting",
            _("Where and how"),
            [
                ("outpatient", _("Outpatient: you live at home")),
                ("intensive-outpatient", _("Intensive outpatient")),
                ("day-treatment", _("Day treatment")),
                ("residential", _("Residential: you stay there")),
                ("hospital-inpatient", _("Hospital inpatient")),
                ("telehealth", _("Telehealth")),
            ],
        ),
        (
            "care",
            _("Care"),
            [
                ("detox", _("Detox (medical withdrawal)")),
                ("counseling", _("Counseling")),
                ("co-occurring", _("Mental health care too")),
                ("peer-support", _("Peer support")),
                ("naloxone", _("Naloxone and overdose training")),
                ("case-management", _("Case management")),
                ("sober-housing", _("Recovery housing")),
                ("transportation", _("Help with transportation")),
                ("childcare", _("Child care")),
                ("hepatitis-hiv-care", _("Hepatitis and HIV care")),
            ],
        ),
    ],
    "patient_bits": [
        (
            "payment",
            _("Payment"),
            [
                ("medicaid", _("Medicaid")),
                ("medicare", _("Medicare")),
                ("private-insurance", _("Private insurance")),
                ("cash", _("Cash or self-payment")),
                ("military-insurance", _("Military insurance (TRICARE)")),
                ("state-insurance", _("Other state insurance")),
                ("no-charge", _("Free of charge")),
                ("tribal-funds", _("IHS, tribal or urban Indian funds")),
            ],
        ),
        (
            "assistance",
            _("Help with paying"),
            [
                ("sliding-scale", _("Sliding scale: pay by income")),
                ("payment-assistance", _("Payment assistance")),
            ],
        ),
        (
            "program",
            _("Programs for"),
            [
                ("pregnant", _("Pregnancy and after birth")),
                ("women", _("Women")),
                ("men", _("Men")),
                ("lgbtq", _("LGBTQ people")),
                ("veterans", _("Veterans")),
                ("active-duty", _("Active-duty military")),
                ("military-families", _("Military families")),
                ("older-adults", _("Older adults")),
                ("adolescents", _("Teenagers")),
                ("young-adults", _("Young adults")),
                ("justice-involved", _("People in the justice system")),
                ("trauma", _("People who lived through trauma")),
                ("domestic-violence", _("People who faced partner violence")),
                ("sexual-abuse", _("People who faced sexual abuse")),
                ("hiv", _("People with HIV")),
                ("chronic-pain", _("People with chronic pain")),
                ("opioid-only", _("Opioid use disorder only")),
            ],
        ),
        (
            "language",
            _("Languages"),
            [
                ("spanish", _("Spanish")),
                ("sign-language", _("Sign language")),
                ("american-indian-alaska-native", _("American Indian or Alaska Native languages")),
                ("other-language", _("Other languages")),
                ("arabic", _("Arabic")),
                ("chinese", _("Chinese")),
                ("creole", _("Creole")),
                ("farsi", _("Farsi")),
                ("french", _("French")),
                ("german", _("German")),
                ("greek", _("Greek")),
                ("hebrew", _("Hebrew")),
                ("hindi", _("Hindi")),
                ("hmong", _("Hmong")),
                ("italian", _("Italian")),
                ("japanese", _("Japanese")),
                ("korean", _("Korean")),
                ("polish", _("Polish")),
                ("portuguese", _("Portuguese")),
                ("russian", _("Russian")),
                ("tagalog", _("Tagalog")),
                ("vietnamese", _("Vietnamese")),
                ("ojibwa", _("Ojibwa")),
                ("yupik", _("Yupik")),
            ],
        ),
        (
            "age",
            _("Ages"),
            [
                ("adults", _("Adults")),
                ("young-adults", _("Young adults")),
                ("children", _("Children and teenagers")),
                ("older-adults", _("Older adults")),
            ],
        ),
    ],
    # Not stored whole: some of it depends on the hour and on the reader's state (see clinics/availability.py).
    "access_now": [
        (
            "access",
            _("Can I start soon?"),
            [
                ("accepting-new-patients", _("Takes new patients")),
                ("within-48-hours", _("Can see me within 48 hours")),
                ("medication-first-visit", _("Medication at the first visit")),
                ("open-now", _("Open now")),
                ("walk-in", _("Walk-in hours")),
                ("telehealth-in-my-state", _("Can start by telehealth in my state")),
                ("no-counseling-required", _("Medication without required counseling")),
            ],
        ),
    ],
}
STORED = ("treatment_bits", "patient_bits")  # the masks that a clinic's services make


def _build() -> tuple[FacetGroup, ...]:
    groups = []
    for column, entries in _TABLE.items():
        position = 0
        for group, label, values in entries:
            built = []
            for slug, value_label in values:
                built.append(FacetValue(group, slug, value_label, column, 1 << position))
                position += 1
            groups.append(FacetGroup(group, label, tuple(built)))
        assert position <= 63, f"{column} has no bit left"  # noqa: S101 - a programming error, found at import
    return tuple(groups)


GROUPS = _build()
GROUPS_BY_SLUG = {group.slug: group for group in GROUPS}
# The order in which pages show them: what decides first whether a clinic can help.
GROUP_ORDER = (
    "medication",
    "access",
    "setting",
    "payment",
    "care",
    "kind",
    "assistance",
    "language",
    "program",
    "age",
)
VALUES = {value.key: value for group in GROUPS for value in group.values}
COLUMNS = tuple(_TABLE)

OFFICE_BASED_NEEDS = ("medication/buprenorphine", "setting/outpatient")


def facet_choices() -> list[tuple[str, str]]:
    """What a service can count towards, as the choices of a form field or a model field."""
    return [
        (key, f"{GROUPS_BY_SLUG[value.group].label}: {value.label}")
        for key, value in VALUES.items()
        if value.column in STORED
    ]


def masks(facets: set[str]) -> dict[str, int]:
    """The stored bit masks {column: mask} of a clinic whose services count towards `facets`.

    Office-based is derived: outpatient care with buprenorphine that is not a certified opioid treatment program.
    Raises KeyError for a facet that does not exist.
    """
    derived = set(facets)
    if "medication/buprenorphine-injection" in derived:
        derived.add("medication/buprenorphine")
    if "medication/naltrexone-injection" in derived:
        derived.add("medication/naltrexone")
    if "kind/otp" not in derived and derived.issuperset(OFFICE_BASED_NEEDS):
        derived.add("kind/office-based")
    result = dict.fromkeys(STORED, 0)
    for key in derived:
        value = VALUES[key]
        result[value.column] |= value.bit
    return result


def mask_of(values) -> int:
    """The bits of several values of one column."""
    return reduce(or_, (value.bit for value in values), 0)


def masks_of(selection: dict[str, list[FacetValue]]) -> tuple[tuple[str, int], ...]:
    """Column and bits of each group of which a value was chosen."""
    return tuple((values[0].column, mask_of(values)) for values in selection.values() if values)


def mask_in(clinic, group_slug: str) -> int:
    """What a clinic's masks say of one group alone."""
    group = GROUPS_BY_SLUG[group_slug]
    return getattr(clinic, group.column) & group.mask


def slugs_by_group(clinic) -> dict[str, list[str]]:
    """{group: [value slugs]} of a clinic's masks; a group without a value is an empty list, which means not stated."""
    return {
        group.slug: [value.slug for value in group.values if getattr(clinic, group.column) & value.bit]
        for group in GROUPS
    }
