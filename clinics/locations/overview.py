"""How well it is known where the listed clinics stand, and which of them an editor should look at."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from clinics.locations import census, lookups
from clinics.locations.placing import PINS, address_key
from clinics.models import AddressLookup, Clinic, PointQuality, ZipCode
from clinics.models.clinic import ClinicQuerySet
from clinics.models.points import EXACT, QUALITIES

MOST_DUE = 5000  # counted one by one
SHOWN_REASONS = 5
Outcome = AddressLookup.Outcome
# Why an editor should look at a clinic: its place contradicts itself, or a geocoder did not find its address.
CONTRADICTS = "contradicts"
TO_LOOK_AT = (CONTRADICTS, *(outcome.value for outcome in (Outcome.REFUSED, Outcome.TIE, Outcome.NO_MATCH)))
LABELS = {CONTRADICTS: "its place contradicts itself"} | dict(Outcome.choices)


@dataclass
class Qualities:
    """How many clinics stand at points of which quality."""

    counts: Counter[str] = field(default_factory=Counter)  # "": without a point

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def exact(self) -> int:
        return sum(self.counts[quality] for quality in EXACT)

    @property
    def exact_share(self) -> float:
        return self.exact / self.total if self.total else 0.0

    @property
    def exact_percent(self) -> str:
        return f"{self.exact_share:.0%}"

    @property
    def in_order(self) -> list[int]:
        """The best first, those without a point last."""
        return [self.counts[quality] for quality in (*QUALITIES, "")]


def qualities_by_state() -> dict[str, Qualities]:
    """{state: its qualities}, in the order of the states."""
    by_state: dict[str, Qualities] = defaultdict(Qualities)
    rows = Clinic.objects.listed().order_by("state").values_list("state", "point_quality").annotate(Count("pk"))
    for state, quality, count in rows:
        by_state[state].counts[quality] = count
    return dict(by_state)


def together(qualities: Iterable[Qualities]) -> Qualities:
    return Qualities(sum((one.counts for one in qualities), Counter()))


def everywhere() -> Qualities:
    return together(qualities_by_state().values())


def sentence(all_listed: Qualities) -> str:
    if not all_listed.total:
        return "No clinic is listed."
    return (
        f"{all_listed.exact:,} of {all_listed.total:,} listed clinics ({all_listed.exact_percent}) stand at their own "
        f"address; {all_listed.counts[PointQuality.ZIP]:,} at the middle of their ZIP code."
    )


@dataclass(frozen=True)
class Asked:
    """Addresses with one outcome at one geocoder, and why, the most frequent reasons first."""

    geocoder: str
    outcome: str
    count: int
    reasons: list[tuple[str, int]]

    @property
    def label(self) -> str:
        return LABELS[self.outcome]


def asked() -> tuple[list[Asked], datetime | None]:
    """(what the geocoders answered, when one was asked last)."""
    rows = AddressLookup.objects.order_by("geocoder", "outcome").values_list("geocoder", "outcome", "reason")
    reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    last: list[datetime] = []
    for geocoder, outcome, reason, count, asked_at in rows.annotate(Count("pk"), Max("asked_at")):
        reasons[geocoder, outcome][reason] = count
        last += filter(None, [asked_at])
    answers = [
        Asked(*key, counts.total(), [(reason, count) for reason, count in counts.most_common(SHOWN_REASONS) if reason])
        for key, counts in reasons.items()
    ]
    return answers, max(last, default=None)


def count_due() -> int:
    """How many addresses the geocoder of the settings, or that of the Census, would be asked for; up to MOST_DUE."""
    return sum(1 for _ in islice(lookups.due(settings.GEOCODER or census.NAME), MOST_DUE))


# What an editor should look at


def contradicting(state: str = "") -> ClinicQuerySet:
    """Listed clinics of which something contradicts the rest, and whose place nobody has pinned."""
    found = Clinic.objects.listed().exclude(point_problem="").exclude(point_source__in=PINS)
    return (found.filter(state=state) if state else found).order_by("state", "city", "name", "pk")


def unanswered(outcome: str = "", state: str = "") -> QuerySet[AddressLookup]:
    """Lookups that came to nothing, of addresses that no clinic stands at exactly by another way."""
    solved = Clinic.objects.filter(
        zip_code=OuterRef("zip_code"), point_address=OuterRef("address"), point_quality__in=EXACT
    )
    found = AddressLookup.objects.filter(outcome__in=[outcome] if outcome else TO_LOOK_AT).exclude(Exists(solved))
    if state:
        found = found.filter(zip_code__in=ZipCode.objects.filter(state=state).values("code"))
    return found.order_by("zip_code", "address", "geocoder")


def count_to_look_at(state: str = "") -> dict[str, int]:
    """{why: how many}, of TO_LOOK_AT."""
    counts = dict(unanswered(state=state).order_by().values_list("outcome").annotate(Count("pk")))
    counts[CONTRADICTS] = contradicting(state).count()
    return {why: counts.get(why, 0) for why in TO_LOOK_AT}


def clinics_at(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Clinic]]:
    """The listed clinics at these addresses."""
    wanted, found = set(keys), defaultdict(list)
    zip_codes = {zip_code for zip_code, _address in wanted}
    for clinic in Clinic.objects.listed().filter(zip_code__in=zip_codes).defer("position").order_by("name", "pk"):
        if (key := address_key(clinic)) in wanted:
            found[key].append(clinic)
    return dict(found)
