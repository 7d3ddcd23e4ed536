"""How accurate the directory is: a random sample of listings is called and scored each month.

The published definitions, each about the listing as it was shown on the day of the draw:

- functional: the number shown first leads to this clinic (a person or its own recording), and the clinic is open;
- reachable: functional, and a person answered within ATTEMPTS calls on different days;
- exact: functional, and name, address and phone are all as shown, which takes a person to say;
- accepting: reachable, and it takes new patients now.
"""

import hashlib
import math
import random
import secrets
from dataclasses import dataclass
from datetime import date

from django.db import connections, transaction
from django.utils import timezone

from clinics.models import AccuracySample, Call, Clinic, SampleMember
from clinics.models.calls import ATTEMPTS

SAMPLE_SIZE = 200
Z = 1.959964  # of a 95 % interval
MEASURES = ("exact", "functional", "reachable", "accepting")
Result = Call.Result

# Whole months only: a month is not measured while one of its listings is unscored.
SCORES = """
    SELECT s.month, s.seed, count(*) AS n,
           count(*) FILTER (WHERE m.is_exact) AS exact, count(*) FILTER (WHERE m.is_functional) AS functional,
           count(*) FILTER (WHERE m.is_reachable) AS reachable, count(*) FILTER (WHERE m.is_accepting) AS accepting
    FROM clinics_accuracysample s JOIN clinics_samplemember m ON m.sample_id = s.id
    GROUP BY s.id HAVING bool_and(m.scored_at IS NOT NULL) ORDER BY s.month
"""


@dataclass(frozen=True)
class Share:
    """`count` of `n`, with its 95 % interval after Wilson; all three shares are fractions of 1."""

    count: int
    n: int

    @property
    def value(self) -> float:
        return self.count / self.n

    @property
    def low(self) -> float:
        return self._interval()[0]

    @property
    def high(self) -> float:
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        p, n, z = self.value, self.n, Z
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Month:
    month: date
    seed: int
    n: int
    shares: dict[str, Share]


def measured_months() -> list[Month]:
    """Every month whose whole sample is scored, the oldest first."""
    with connections[AccuracySample.objects.all().db].cursor() as cursor:
        cursor.execute(SCORES)
        return [
            Month(month, seed, n, {name: Share(count, n) for name, count in zip(MEASURES, counts, strict=True)})
            for month, seed, n, *counts in cursor.fetchall()
        ]


def population() -> list[int]:
    """The numbers of the clinics that can be drawn, in order: listed ones that are no demo."""
    return list(Clinic.objects.listed().filter(is_demo=False).order_by("pk").values_list("pk", flat=True))


def draw(month: date, seed: int | None = None) -> AccuracySample | None:
    """Draw the sample of a month, once; None if there is no clinic to draw. `month` is any day of it."""
    first, numbers = month.replace(day=1), population()
    if not numbers:
        return None
    seed = secrets.randbits(32) if seed is None else seed
    with transaction.atomic():
        sample, is_new = AccuracySample.objects.get_or_create(
            month=first,
            defaults={
                "seed": seed,
                "population": len(numbers),
                "population_sha256": hashlib.sha256(",".join(map(str, numbers)).encode()).hexdigest(),
                "size": min(SAMPLE_SIZE, len(numbers)),
            },
        )
        if is_new:
            chosen = pick(numbers, seed)
            clinics = Clinic.objects.defer("position").in_bulk(chosen)
            SampleMember.objects.bulk_create(_drawn(sample, clinics[pk]) for pk in sorted(chosen))
    return sample


def pick(numbers: list[int], seed: int) -> list[int]:
    """The same numbers for the same seed and population, on any machine."""
    chance = random.Random(seed)  # noqa: S311 # nosec B311 - the draw must be repeatable
    return chance.sample(numbers, min(SAMPLE_SIZE, len(numbers)))


def _drawn(sample: AccuracySample, clinic: Clinic) -> SampleMember:
    member = SampleMember(sample=sample, clinic=clinic, shown=as_shown(clinic))
    if not clinic.phone_for_new_patients:  # a listing that nobody can call is scored at once
        member.is_exact = member.is_functional = member.is_reachable = member.is_accepting = False
        member.scored_at = timezone.now()
    return member


def as_shown(clinic: Clinic) -> dict[str, str]:
    address = [clinic.street, clinic.street_detail, clinic.city, clinic.state, clinic.zip_code]
    phone = clinic.phone_for_new_patients
    return {"name": clinic.full_name, "address": ", ".join(filter(None, address)), "phone": phone}


def score(member: SampleMember) -> bool:
    """Score a listing if its calls suffice; True once it is scored."""
    calls = list(member.calls.filter(finished_at__isnull=False).exclude(result=Result.SKIPPED).order_by("finished_at"))
    person = next((call for call in calls if call.result == Result.ANSWERED), None)
    is_machine = any(call.result == Result.MACHINE for call in calls)
    is_lost = any(call.result in (Result.DEAD, Result.STRANGER, Result.CLOSED) for call in calls)
    if not (person or is_lost or len(calls) >= ATTEMPTS):
        return False
    named = bool(person and person.name_is_right)
    member.is_functional = not is_lost and (named or (person is None and is_machine))
    member.is_reachable = member.is_functional and named
    member.is_exact = member.is_functional and bool(person and named and person.address_is_right)
    member.is_accepting = bool(person and member.is_reachable and person.accepting_new_patients)
    member.scored_at = timezone.now()
    member.save()
    if not member.sample.members.filter(scored_at=None).exists():
        AccuracySample.objects.filter(pk=member.sample_id).update(measured_at=timezone.now())
    return True
