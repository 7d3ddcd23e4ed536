"""An invented directory for a machine without real data. Only its towns are real.

The clinics are the same each time. Their names are words that no clinic would choose, their streets do not exist, and
their telephone numbers are 555-0100 to 555-0199, which are reserved for fiction, so that nobody calls a stranger.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinics.availability import HOURS_FIELDS
from clinics.locations.placing import address_key, place_clinics
from clinics.models import (
    AddressPoint,
    Clinic,
    Confirmation,
    FactGroup,
    Hospital,
    Pharmacy,
    PharmacyReport,
    PointQuality,
    Service,
    Source,
    ZipCode,
)
from clinics.models.clinic import city_slug
from clinics.questions import stated
from clinics.typed_hours import parse_week

CLINICS = 3000
LEAST_A_STATE = 12
SMALL_ISLANDS, LEAST_ON_A_SMALL_ISLAND = ("GU", "VI"), 2
JITTER_MILES = 3
MILES_A_DEGREE = 69.5  # of latitude: an upper bound, so that no clinic is farther off than JITTER_MILES

FIRST_WORDS = (
    "Acorn Bramble Butterscotch Buttonwood Candlewick Cinnamon Clover Dandelion Dogwood Elderflower Fiddlehead "
    "Foxglove Gingerbread Hazelnut Honeysuckle Huckleberry Juniper Larkspur Lavender Marmalade Mulberry Nutmeg "
    "Peppermint Periwinkle Pumpkin Rosehip Saffron Snowdrop Sorrel Tangerine Thistledown Tumbleweed Walnut Yarrow"
)
SECOND_WORDS = (
    "Accordion Armchair Bicycle Birdhouse Carousel Compass Doorbell Ferryboat Gazebo Hammock Jukebox Kettle Kite "
    "Ladder Lemonade Mailbox Mitten Otter Pancake Parasol Picnic Pinwheel Porchlight Quilt Rowboat Sailboat Sundial "
    "Teapot Thimble Umbrella Wagon Weathervane Windmill Woodpecker"
)
NAMES = [f"{one} {other}" for one, other in product(FIRST_WORDS.split(), SECOND_WORDS.split())]
STREET_KINDS = ("Avenue", "Lane", "Road", "Street", "Way")

# For each kind of clinic its share, the services it always states, and those it states with a probability.
KINDS = {
    "Treatment Program": (
        18,
        "opioid-treatment-program methadone methadone-maintenance outpatient outpatient-medication-treatment "
        "samhsa-otp-certification individual-counseling urine-drug-test",
        {"buprenorphine-maintenance": 0.7, "buprenorphine-with-naloxone": 0.5, "naltrexone-injection": 0.3},
    ),
    "Family Practice": (
        28,
        "outpatient regular-outpatient prescribes-buprenorphine buprenorphine-with-naloxone",
        {"buprenorphine-injection": 0.35, "naltrexone-injection": 0.4, "naltrexone-tablets": 0.4, "telehealth": 0.6},
    ),
    "Recovery Center": (
        24,
        "outpatient intensive-outpatient individual-counseling group-counseling",
        {"buprenorphine-with-naloxone": 0.5, "naltrexone-injection": 0.4, "day-treatment": 0.3, "telehealth": 0.5},
    ),
    "Recovery House": (
        16,
        "residential short-term-residential individual-counseling group-counseling",
        {"long-term-residential": 0.5, "residential-detox": 0.4, "buprenorphine-with-naloxone": 0.5, "childcare": 0.1},
    ),
    "Hospital": (
        8,
        "hospital-inpatient detox hospital-detox opioid-detox",
        {"buprenorphine-detox": 0.7, "methadone-detox": 0.3, "naltrexone-injection": 0.4, "lofexidine": 0.4},
    ),
    "Telehealth": (
        6,
        "telehealth outpatient prescribes-buprenorphine buprenorphine-with-naloxone",
        {"naltrexone-tablets": 0.6, "individual-counseling": 0.5},
    ),
}
ANYWHERE = {
    "accepts-outside-medication": 0.3,
    "mental-health-services": 0.5,
    "co-occurring-program": 0.4,
    "peer-support": 0.5,
    "naloxone-training": 0.6,
    "case-management": 0.6,
    "aftercare": 0.5,
    "transportation": 0.3,
    "hepatitis-c-test": 0.3,
    "medicaid": 0.75,
    "medicare": 0.5,
    "private-insurance": 0.7,
    "military-insurance": 0.3,
    "cash": 0.9,
    "no-charge": 0.04,
    "tribal-funds": 0.03,
    "sliding-scale": 0.4,
    "payment-assistance": 0.35,
    "pregnant-women-program": 0.3,
    "women-program": 0.3,
    "men-program": 0.25,
    "lgbtq-program": 0.25,
    "veterans-program": 0.25,
    "adolescents-program": 0.12,
    "justice-involved-program": 0.3,
    "trauma-program": 0.3,
    "adults": 0.97,
    "young-adults": 0.8,
    "older-adults": 0.6,
    "children": 0.12,
    "spanish": 0.3,
    "sign-language": 0.2,
    "french": 0.02,
    "vietnamese": 0.02,
    "chinese": 0.02,
    "arabic": 0.02,
}

# Some are open early in the morning and at night, so that every filter finds some.
OFFICE_HOURS = (
    "Mon-Fri 9:00-17:00",
    "Mon-Thu 8:00-18:00; Fri 8:00-13:00",
    "Mon-Sat 7:00-15:00",
    "Mon-Fri 10:00-19:00",
)
EARLY_HOURS = ("Mon-Fri 5:30-13:30; Sat 6:00-10:00", "Mon-Sat 6:00-14:00; Sun 7:00-9:00")
INVENTED, TOLD_UNTIL = "Invented for the demonstration", date(2099, 12, 31)
PHARMACY_EACH = 12  # clinics
STATED = 0.6  # the probability that a fact about availability is stated at all
ANSWERED = 0.4  # and an answer to a question of the registry


class NotReady(Exception):  # noqa: N818 - the message says what to do
    """The directory cannot take demo clinics."""


def load() -> int:
    """Fill the empty directory; returns how many clinics are new, 0 if it has demo ones already. Raises NotReady."""
    if Clinic.objects.filter(is_demo=False).exists():
        raise NotReady("The directory holds real clinics; demo ones are never mixed with them.")
    if Clinic.objects.exists():
        return 0
    zip_codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
    services = Service.objects.in_bulk(field_name="slug")
    if not (services and zip_codes.exists()):
        raise NotReady("The places or the code book are missing: run load_zipcodes and load_codebook first.")
    clinics = invent(list(zip_codes.order_by("code")), services)
    doors = [clinic.coordinates if clinic.street else None for clinic in clinics]
    departments = list(emergency_departments(clinics))
    for clinic in clinics:
        clinic.latitude = clinic.longitude = None
    with transaction.atomic():
        Clinic.objects.bulk_create(clinics, batch_size=500)
        AddressPoint.objects.bulk_create(
            (
                AddressPoint(
                    zip_code=clinic.zip_code,
                    address=address_key(clinic)[1],
                    source=Source.DEMO,
                    quality=PointQuality.STREET,
                    latitude=door.latitude,
                    longitude=door.longitude,
                )
                for clinic, door in zip(clinics, doors, strict=True)
                if door
            ),
            batch_size=500,
            ignore_conflicts=True,
        )
        Hospital.objects.bulk_create(departments)
        open_pharmacies(clinics)
        place_clinics()
        Confirmation.objects.bulk_create(
            Confirmation(clinic=clinic, fact_group=group, source=Source.DEMO)
            for clinic in clinics
            for group in FactGroup.values
        )
    return len(clinics)


def remove() -> int:
    """Nothing invented stands beside what is real: clinics, points, hospitals, pharmacies.

    Returns how many clinics there were.
    """
    invented = Clinic.objects.filter(is_demo=True)
    count = invented.count()
    invented.delete()
    AddressPoint.objects.filter(source=Source.DEMO).delete()
    Hospital.objects.filter(source=INVENTED).delete()
    Pharmacy.objects.filter(is_demo=True).delete()
    return count


def emergency_departments(clinics: list[Clinic]) -> Iterator[Hospital]:
    """The invented hospitals, each where its ZIP code is, as CMS's list would have them."""
    for number, clinic in enumerate(each for each in clinics if "Hospital" in each.name):
        yield Hospital(
            facility_id=f"demo-{number}",
            source=INVENTED,
            as_of="demo",
            valid_until=TOLD_UNTIL,
            **{name: getattr(clinic, name) for name in ("name", "street", "city", "state", "zip_code", "phone")},
            **dict(zip(("latitude", "longitude"), clinic.coordinates or (None, None), strict=True)),
        )


def open_pharmacies(clinics: list[Clinic]) -> None:
    """An invented pharmacy in every PHARMACY_EACH-th town, checked, and two readers who say that it filled lately."""
    today, lines = timezone.localdate(), Counter[str]()
    pharmacies: list[Pharmacy] = []
    for clinic in clinics[::PHARMACY_EACH]:
        area_code, word = clinic.phone[:3], NAMES[len(pharmacies) % len(NAMES)]
        lines[area_code] += 1
        pharmacies.append(
            Pharmacy(
                name=f"{word} Pharmacy (demo)",
                street=f"{len(pharmacies) + 1} {word} {STREET_KINDS[0]}",
                phone=f"{area_code}-555-01{100 - lines[area_code]:02}",  # from 0199 down: clinics begin at 0100
                checked_on=today,
                is_demo=True,
                **{name: getattr(clinic, name) for name in ("city", "state", "zip_code")},
            )
        )
    for number, pharmacy in enumerate(pharmacies):
        pharmacy.save()
        PharmacyReport.objects.bulk_create(
            PharmacyReport(
                pharmacy=pharmacy,
                filled_on=today - timedelta(days=days),
                said_by=PharmacyReport.SaidBy.READER,
                form=PharmacyReport.Form.FILM_OR_TABLETS,
                reporter_hash=f"demo${days}",
            )
            for days in (number % 9, number % 9 + 5)
        )


def invent(zip_codes: list[ZipCode], services: dict[str, Service]) -> list[Clinic]:
    """The unsaved demo clinics, with unique names: the same for the same ZIP codes and services."""
    chance = random.Random("a directory to try things out")  # noqa: S311 # nosec B311 - always the same; no secret
    area_codes = area_codes_by_zip()
    unused_names = {kind: chance.sample(NAMES, len(NAMES)) for kind in KINDS}
    lines: Counter[str] = Counter()
    clinics: list[Clinic] = []
    for zip_code in spread([zip_code for zip_code in zip_codes if area_codes[zip_code.code]], chance):
        [kind] = chance.choices(list(KINDS), [share for share, _always, _maybe in KINDS.values()])
        area_code = chance.choice(area_codes[zip_code.code])
        clinic = Clinic(
            name=f"{unused_names[kind].pop()} {kind} (demo)",
            phone=f"{area_code}-555-01{lines[area_code] % 100:02}",
            is_demo=True,
        )
        lines[area_code] += 1
        place_at(clinic, zip_code, chance, has_street=kind != "Telehealth")
        clinic.set_services([services[slug] for slug in offer(kind, chance)])
        clinics.append(clinic)
    # Last, so that these random choices change none of the others.
    zones = {zip_code.code: zip_code.time_zone for zip_code in zip_codes}
    for clinic in clinics:
        state_availability(clinic, zones[clinic.zip_code], chance)
    for clinic in clinics:
        state_answers(clinic, chance)
    return clinics


def area_codes_by_zip() -> dict[str, list[str]]:
    import zipcodes  # 39 MB that no web worker should carry

    return {entry["zip_code"]: entry["area_codes"] for entry in zipcodes.list_all()}


def spread(zip_codes: list[ZipCode], chance: random.Random) -> Iterator[ZipCode]:
    """About `CLINICS` ZIP codes, more in a larger state; a city with many ZIP codes is chosen often."""
    by_state = defaultdict(list)
    for zip_code in zip_codes:
        by_state[zip_code.state].append(zip_code)
    least = {state: LEAST_ON_A_SMALL_ISLAND if state in SMALL_ISLANDS else LEAST_A_STATE for state in by_state}
    for state, choices in sorted(by_state.items()):
        share = (CLINICS - sum(least.values())) * len(choices) / len(zip_codes)
        yield from chance.choices(choices, k=least[state] + round(share))


def place_at(clinic: Clinic, zip_code: ZipCode, chance: random.Random, *, has_street: bool) -> None:
    """Give the clinic an invented street in a real town; without a street, the ZIP code's own point."""
    clinic.city, clinic.city_slug, clinic.county = zip_code.city, city_slug(zip_code.city), zip_code.county
    clinic.state, clinic.zip_code = zip_code.state, zip_code.code
    if zip_code.latitude is None or zip_code.longitude is None:
        raise ValueError(f"{zip_code} has no point to put a clinic at.")
    clinic.latitude, clinic.longitude = zip_code.latitude, zip_code.longitude
    if has_street:
        clinic.street = f"{chance.randrange(1, 1000)} {chance.choice(NAMES)} {chance.choice(STREET_KINDS)}"
        miles, bearing = JITTER_MILES * math.sqrt(chance.random()), chance.uniform(0, 2 * math.pi)
        clinic.latitude += miles * math.cos(bearing) / MILES_A_DEGREE
        clinic.longitude += miles * math.sin(bearing) / (MILES_A_DEGREE * math.cos(math.radians(zip_code.latitude)))


def state_availability(clinic: Clinic, time_zone: str, chance: random.Random) -> None:
    """Give the clinic some of the facts that a patient needs to start, and leave others unknown."""

    def perhaps(*values):
        return chance.choice(values) if chance.random() < STATED else None

    clinic.accepting_new_patients = perhaps(True, True, True, False)
    clinic.days_to_first_visit = perhaps(0, 1, 1, 2, 3, 7, 14, 30)
    clinic.medication_at_first_visit = perhaps(True, True, False)
    clinic.counseling_required = perhaps(True, False, False)
    clinic.first_visit_cents = perhaps(0, 4_000, 9_500, 15_000, 25_000)
    clinic.desk_languages = perhaps(["english"], ["english"], ["english", "spanish"])
    by_telehealth = [clinic.state] if "Telehealth" in clinic.name or chance.random() < 1 / 3 else []
    clinic.telehealth_states = perhaps(by_telehealth)
    early = "Treatment Program" in clinic.name
    always = "Hospital" in clinic.name or "House" in clinic.name
    hours = perhaps(*(("24/7",) if always else EARLY_HOURS if early else OFFICE_HOURS))
    clinic.open_hours = hours and parse_week(hours)
    walk_in = perhaps("none", "none", "Mon-Fri 8:00-10:00", "Tue, Thu 13:00-15:00") if hours else None
    clinic.walk_in_hours = parse_week(walk_in) if walk_in else None
    clinic.time_zone = time_zone if clinic.states_any(HOURS_FIELDS) else ""
    clinic.index_availability()


def state_answers(clinic: Clinic, chance: random.Random) -> None:
    """Give it some answers to the questions of the registry, whichever these are."""
    values: dict[str, Any] = {}
    for question in stated.asked_of(clinic):
        slugs = [choice.slug for choice in question.choices]
        invented = {
            "yes-no": (True, False),
            "choice": ([], slugs[:1], slugs[:2], slugs[-1:]),
            "days": (0, 1, 7),
            "hours": EARLY_HOURS,
            "time": ("11:00", "14:30", "16:00"),
            "money": (0, 4_000),
            "text": ("Sample Pharmacy (demo)",),
        }[question.kind]
        if chance.random() < ANSWERED:
            values[question.key] = chance.choice(invented)
    stated.state(clinic, values, Source.DEMO)
    clinic.index_availability()


def offer(kind: str, chance: random.Random) -> list[str]:
    """Slugs of what a clinic of this kind offers."""
    _share, always, maybe = KINDS[kind]
    sometimes = [slug for slug, probability in (maybe | ANYWHERE).items() if chance.random() < probability]
    return ["substance-use-treatment", *always.split(), *sometimes]
