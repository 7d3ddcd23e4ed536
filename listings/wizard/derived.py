"""What an answer of the form means in the code book: the one place of that rule.

The form asks which medicines are started and whether patients visit or stay; the code book has up to nine codes for
one answer. Ticking a choice adds its codes. Unticking it takes away the codes that told of it, and all codes of the
medicine once none of its choices is ticked. What the form does not ask stays as it is.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from clinics.offers import codes_beside

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, eq=False)
class Choice:
    """One tick of a question. All codes are slugs of clinics/data/services.csv."""

    slug: str
    label: "StrPromise"
    adds: tuple[str, ...]  # what ticking it states
    told_by: tuple[str, ...] = ()  # by which it is known to be true; empty: by all that it adds
    is_leftover: bool = False  # true of what is stated without any of the other choices, and asked of nobody else

    @cached_property
    def signs(self) -> frozenset[str]:
        return frozenset(self.told_by or self.adds)

    @cached_property
    def family(self) -> frozenset[str]:
        """All codes of the same medicine; of another answer its own signs."""
        return codes_beside(self.adds[0]) or self.signs


_BUPRENORPHINE = ("buprenorphine-in-treatment", "prescribes-buprenorphine")
_NALTREXONE = ("naltrexone-in-treatment", "prescribes-naltrexone")
STARTS = (
    Choice(
        "buprenorphine-film-or-tablet",
        _("Buprenorphine film or tablet (such as Suboxone)"),
        (*_BUPRENORPHINE, "buprenorphine-with-naloxone"),
        ("buprenorphine-with-naloxone", "buprenorphine-without-naloxone"),
    ),
    Choice(
        "buprenorphine-injection",
        _("Buprenorphine injection (such as Sublocade)"),
        (*_BUPRENORPHINE, "buprenorphine-injection"),
        ("buprenorphine-injection",),
    ),
    Choice("buprenorphine", _("Buprenorphine, without saying in which form"), _BUPRENORPHINE, is_leftover=True),
    Choice(
        "methadone",
        _("Methadone"),
        ("methadone", "methadone-in-treatment"),
        (
            *("methadone", "methadone-in-treatment", "methadone-maintenance"),
            *("methadone-for-set-time", "methadone-detox"),
        ),
    ),
    Choice("otp", _("We are a certified opioid treatment program (OTP)"), ("opioid-treatment-program",)),
    Choice(
        "naltrexone-injection",
        _("Naltrexone injection (such as Vivitrol)"),
        (*_NALTREXONE, "naltrexone-injection"),
        ("naltrexone-injection",),
    ),
    Choice(
        "naltrexone-tablets", _("Naltrexone tablets"), (*_NALTREXONE, "naltrexone-tablets"), ("naltrexone-tablets",)
    ),
    Choice("naltrexone", _("Naltrexone, without saying in which form"), _NALTREXONE, is_leftover=True),
)
PLACES = (
    Choice(
        "visits",
        _("Visits: patients live at home"),
        ("outpatient",),
        ("outpatient", "regular-outpatient", "outpatient-medication-treatment"),
    ),
    Choice(
        "live-in",
        _("Patients live with us (residential)"),
        ("residential",),
        ("residential", "short-term-residential", "long-term-residential"),
    ),
    Choice(
        "hospital", _("A stay in a hospital"), ("hospital-inpatient",), ("hospital-inpatient", "hospital-treatment")
    ),
    Choice(
        "detox",
        _("Help with opioid withdrawal (detox)"),
        ("detox", "opioid-detox"),
        (
            *("detox", "opioid-detox", "detox-with-medication", "hospital-detox", "outpatient-detox"),
            *("residential-detox", "lofexidine-or-clonidine-detox"),
        ),
    ),
    Choice("intensive-outpatient", _("Many hours of visits a week (intensive outpatient)"), ("intensive-outpatient",)),
    Choice("day-treatment", _("Most of the day, sleeping at home (day treatment)"), ("day-treatment",)),
)
# What the taxonomy of a provider in the register of NPIs implies: {code: ticks}.
OF_TAXONOMY = {
    "261QM2800X": ("methadone", "otp", "visits"),
    "261QR0405X": ("visits",),
    "324500000X": ("live-in",),
}


def ticked(choices: Iterable[Choice], codes: Collection[str]) -> list[str]:
    """The slugs of the choices that these codes of the code book tell of."""
    choices, codes = tuple(choices), frozenset(codes)
    plain = [choice for choice in choices if not choice.is_leftover and choice.signs & codes]
    told = frozenset[str]().union(*(choice.family for choice in plain))
    leftovers = [choice for choice in choices if choice.is_leftover and choice.family & codes - told]
    return [choice.slug for choice in choices if choice in plain or choice in leftovers]


def with_ticks(choices: Iterable[Choice], codes: Collection[str], slugs: Collection[str]) -> set[str]:
    """These codes after exactly the choices `slugs` were ticked; the codes of what was not touched stay."""
    choices, found, before = tuple(choices), set(codes), ticked(choices, codes)
    chosen = [choice for choice in choices if choice.slug in slugs]
    for choice in choices:
        if choice.slug in before and choice not in chosen:
            has_others = any(choice.family == other.family for other in chosen)
            gone = (frozenset() if choice.is_leftover else choice.signs) if has_others else choice.family
            found -= gone
    for choice in chosen:
        if choice.slug not in before:
            found.update(choice.adds)
    return found
