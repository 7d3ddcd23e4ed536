"""From what an owner wrote to the clinic that readers see, and back into the form."""

import logging
import re

from django.conf import settings
from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task
from scourgify import normalize_address_record
from scourgify.exceptions import AddressNormalizationError

from clinics import hours
from clinics.imports.normalization import street_key
from clinics.models import Clinic, FactGroup, Practitioner, Service, Source, ZipCode
from clinics.search.places import AddressNotFound, GeocoderUnavailable, geocode
from clinics.verification.provenance import confirm
from listings.wizard import steps
from listings.wizard.steps.place import written

LIKE_DUPLICATE = 0.35  # of names at one ZIP code (pg_trgm, 0 to 1)
DIRECTIONS = {"N", "S", "E", "W", "NE", "NW", "SE", "SW"}
ADDRESS_FIELDS = ("street", "street_detail", "city", "state", "zip_code")
GROUPS_OF_STEPS = {
    "practice": [FactGroup.CONTACT],
    "phones": [FactGroup.CONTACT],
    "hours": [FactGroup.HOURS],
    "services": [FactGroup.SERVICES],
    "payment": [FactGroup.PAYMENT, FactGroup.AVAILABILITY],
    "languages": [FactGroup.SERVICES, FactGroup.AVAILABILITY],
    "access": [FactGroup.AVAILABILITY],
}
logger = logging.getLogger(__name__)


# Addresses


def normalised(facts: dict) -> dict:
    """The address as the USPS writes it, in usual letters; {} where that is unknown: it stays as typed.

    It also stays if the written form would be another street to an import, which then would not find the clinic:
    "3292 CR 220", a county road, is not "3292 Crk 220".
    """
    asked = {
        "address_line_1": facts["street"],
        "address_line_2": facts["street_detail"] or None,
        "city": facts["city"],
        "state": facts["state"],
        "postal_code": facts["zip_code"],
    }
    try:
        found = normalize_address_record(asked)
    except (AddressNormalizationError, ValueError):
        return {}
    street, detail = found["address_line_1"], found["address_line_2"] or ""
    if street_key(street, detail) != street_key(facts["street"], facts["street_detail"]):
        return {}
    return {"street": _usual_letters(street), "street_detail": _usual_letters(detail)}


def _usual_letters(text: str) -> str:
    """ "120 E NORTH AVE" as "120 E North Ave"."""
    return " ".join(word if word in DIRECTIONS else word.capitalize() for word in text.split())


def locate_clinic(clinic_id: int) -> None:
    """A job: the point of a clinic's street address, where a geocoder is set and knows it."""
    clinic = Clinic.objects.filter(pk=clinic_id).first()
    if clinic is None or not clinic.street:
        return
    address = f"{clinic.street}, {clinic.city}, {clinic.state} {clinic.zip_code}"
    try:
        point = geocode(address)
    except AddressNotFound:
        return
    except GeocoderUnavailable as error:
        logger.warning("No point for clinic %s: %s", clinic_id, error)
        return
    unmoved = Clinic.objects.filter(pk=clinic_id, street=clinic.street, zip_code=clinic.zip_code)
    unmoved.update(latitude=point.latitude, longitude=point.longitude, is_approximate=False)


# Into the form


def answers_of(clinic: Clinic) -> dict:
    """What is live, as it would have been typed."""

    def offered(*groups):
        services = Service.objects.filter(group__in=groups, pk__in=clinic.service_ids).exclude(facet="")
        return [str(pk) for pk in services.values_list("pk", flat=True)]

    def word(value):
        return [{True: "yes", False: "no", None: ""}[value]]

    def number(value):
        return ["" if value is None else str(value)]

    def week(value):
        return ["" if value is None else hours.format_week(value)]

    zip_code = f"{clinic.zip_code}-{clinic.zip4}" if clinic.zip4 else clinic.zip_code
    states = clinic.telehealth_states
    return {
        "practice": {name: [getattr(clinic, name)] for name in ("name", "name_detail", *ADDRESS_FIELDS)}
        | {"zip_code": [zip_code]},
        "map": {"point": ["" if clinic.is_approximate or not clinic.coordinates else written(clinic.coordinates)]},
        "phones": {
            "phone": [clinic.phone],
            "intake_phones": [", ".join(clinic.intake_phones)],
            "website": [clinic.website],
        },
        "hours": {"open_hours": week(clinic.open_hours), "walk_in_hours": week(clinic.walk_in_hours)},
        "practitioners": _people_of(clinic),
        "services": {group: offered(group) for group in ("medication", "setting", "care", "program", "age")},
        "payment": {group: offered(group) for group in ("payment", "assistance")}
        | {"first_visit_cents": number(clinic.first_visit_dollars)},
        "languages": {"desk_languages": list(clinic.desk_languages or []), "language": offered("language")},
        "access": {
            "accepting_new_patients": word(clinic.accepting_new_patients),
            "days_to_first_visit": number(clinic.days_to_first_visit),
            "medication_at_first_visit": word(clinic.medication_at_first_visit),
            "counseling_required": word(clinic.counseling_required),
            "telehealth": word(None if states is None else bool(states)),
            "telehealth_states": list(states or []),
        },
        "description": {"description": [clinic.description]},
    }


def _people_of(clinic: Clinic) -> dict:
    people = list(clinic.practitioners.all())
    typed = {"people-TOTAL_FORMS": [str(len(people) + 1)], "people-INITIAL_FORMS": ["0"]}
    names = ("name", "credentials", "npi", "license_state", "license_number")
    for number, person in enumerate(people):
        typed |= {f"people-{number}-{name}": [getattr(person, name)] for name in names}
        typed[f"people-{number}-license_expires_on"] = [person.license_expires_on.isoformat()]
        typed[f"people-{number}-consented"] = ["on"]
    return typed


# What may be the same place


def likely_duplicates(answers: dict, besides: Clinic | None = None) -> list[Clinic]:
    """Clinics with the same phone, with such a name in the ZIP code, or with the NPI of one of the people."""
    forms = steps.read(answers)
    facts = {name: form.cleaned_data for name, form in forms.items() if form.is_valid()}
    practice, phones = facts.get("practice", {}), facts.get("phones", {})
    same = Q(pk__in=[])
    if phones.get("phone"):
        number = phones["phone"].split(" x")[0]
        same |= Q(phone__startswith=number) | Q(intake_phones__contains=[phones["phone"]])
    if practice:
        same |= Q(zip_code=practice["zip_code"][:5], likeness__gte=LIKE_DUPLICATE)
    npis = [person["npi"] for person in facts.get("practitioners", {}).get("practitioners", [])]
    if npis:
        same |= Q(practitioners__npi__in=npis)
    found = Clinic.objects.filter(merged_into=None).annotate(
        likeness=TrigramSimilarity("name", practice.get("name", ""))
    )
    pks = found.filter(same).exclude(pk=besides.pk if besides else None).values_list("pk", flat=True)
    return list(Clinic.objects.filter(pk__in=list(pks)).defer("position")[:10])


# Out to the readers


@transaction.atomic
def publish(submission, slugs, user) -> Clinic:
    """Write the answers of these steps to the listing's clinic, which is made if there is none.

    The clinic itself vouches for the facts of these steps from now on. Raises ValueError if a step is not in order.
    """
    listing = submission.listing
    clinic = Clinic.objects.select_for_update().get(pk=listing.clinic_id) if listing.clinic_id else Clinic()
    forms = {slug: form for slug, form in steps.read(submission.answers).items() if slug in slugs}
    for slug, form in forms.items():
        if not form.is_valid():
            raise ValueError(f"{steps.STEPS[slug].title}: this step is not in order.")
    facts = {name: value for form in forms.values() for name, value in form.cleaned_data.items()}
    phone_was, was_at = clinic.phone, [getattr(clinic, name) for name in ADDRESS_FIELDS]
    _write(clinic, facts, forms)
    point = facts.get("point")
    moved = "point" in facts or was_at != [getattr(clinic, name) for name in ADDRESS_FIELDS]
    if point:
        clinic.latitude, clinic.longitude, clinic.is_approximate = *point, False
    elif moved:
        _to_the_zip_codes_point(clinic)
    clinic.save()
    if "practitioners" in facts:
        _write_people(clinic, facts["practitioners"])
    groups = {group for slug in forms for group in GROUPS_OF_STEPS.get(slug, [])}
    confirm(clinic, groups, Source.OWNER, user, phone_changed=clinic.phone != phone_was)
    if moved and not point and settings.GEOCODER:
        transaction.on_commit(lambda: async_task(f"{__name__}.locate_clinic", clinic.pk))
    return clinic


def _write(clinic: Clinic, facts: dict, forms: dict) -> None:
    plain = [
        *("name", "name_detail", "street", "street_detail", "city", "state", "phone", "intake_phones", "website"),
        *("open_hours", "walk_in_hours", "first_visit_cents", "accepting_new_patients", "days_to_first_visit"),
        *("medication_at_first_visit", "counseling_required", "telehealth_states", "description"),
    ]
    for name in plain:
        if name in facts:
            setattr(clinic, name, facts[name])
    if "zip_code" in facts:
        clinic.zip_code, _dash, clinic.zip4 = facts["zip_code"].partition("-")
        for name, value in normalised(facts).items():
            setattr(clinic, name, value)
    if "desk_languages" in facts:
        clinic.desk_languages = facts["desk_languages"] or None
    asked = [
        field for form in forms.values() for field in form.fields.items() if isinstance(field[1], steps.ServicesField)
    ]
    if asked:
        offered = {pk for _name, field in asked for pk, _label in field.choices}
        chosen = {pk for name, _field in asked for pk in facts[name]}
        kept = set(clinic.service_ids) - offered  # what the form does not ask stays
        clinic.set_services(Service.objects.filter(pk__in=kept | chosen))


def _to_the_zip_codes_point(clinic: Clinic) -> None:
    """Where it is, roughly, until a geocoder or an editor knows better."""
    zip_code = ZipCode.objects.filter(code=clinic.zip_code).first()
    clinic.latitude, clinic.longitude = (zip_code.latitude, zip_code.longitude) if zip_code else (None, None)
    clinic.is_approximate = clinic.latitude is not None


def _write_people(clinic: Clinic, people: list[dict]) -> None:
    clinic.practitioners.exclude(npi__in=[person["npi"] for person in people]).delete()
    for person in people:
        values = {name: value for name, value in person.items() if name not in ("npi", "consented")}
        known = clinic.practitioners.filter(npi=person["npi"]).first()
        consent = known.consented_on if known else timezone.localdate()
        Practitioner.objects.update_or_create(
            clinic=clinic, npi=person["npi"], defaults=values | {"consented_on": consent}
        )


# Looking for oneself


def find_practice(text: str) -> list[Clinic]:
    """Clinics by name, phone, ZIP code or the NPI of somebody who treats there; the likeliest first."""
    digits = re.sub(r"[^0-9]", "", text)
    clinics = Clinic.objects.listed().defer("position")
    if re.fullmatch(r"[0-9() .+-]+", text):
        if len(digits) == 5:
            return list(clinics.filter(zip_code=digits).order_by("name")[:50])
        found = clinics.filter(practitioners__npi=digits)
        ten = digits.removeprefix("1") if len(digits) == 11 else digits
        phone = f"{ten[:3]}-{ten[3:6]}-{ten[6:]}"
        numbers = Q(phone__startswith=phone) | Q(intake_phones__contains=[phone]) if len(ten) == 10 else Q(pk__in=[])
        return list((found | clinics.filter(numbers)).distinct()[:50])
    likeness = TrigramSimilarity("name", text)
    found = clinics.annotate(likeness=likeness).filter(Q(likeness__gte=0.3) | Q(name__icontains=text))
    return list(found.order_by("-likeness", "name")[:30])
