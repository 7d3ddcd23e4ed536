"""Writes the answers of an owner to the clinic that readers see."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from clinics.locations.placing import OWNER, pin, place_clinics
from clinics.models import Clinic, FactGroup, Practitioner, Service, Source
from clinics.questions import stated
from clinics.questions.registry import OWN
from clinics.verification.provenance import confirm
from listings.wizard import steps
from listings.wizard.addresses import ADDRESS_FIELDS, normalized

FACT_GROUPS_OF_STEPS = {
    "practice": [FactGroup.CONTACT],
    "phones": [FactGroup.CONTACT],
    "hours": [FactGroup.HOURS],
    "services": [FactGroup.SERVICES],
    "payment": [FactGroup.PAYMENT, FactGroup.AVAILABILITY],
    "languages": [FactGroup.SERVICES, FactGroup.AVAILABILITY],
    "access": [FactGroup.AVAILABILITY],
}
PLAIN_FIELDS = (  # written as they are; the others need a step of their own
    *("name", "name_detail", "street", "street_detail", "city", "state", "phone", "intake_phones", "website"),
    *("hotlines", "other_phones"),
    *("open_hours", "walk_in_hours", "first_visit_cents", "accepting_new_patients", "days_to_first_visit"),
    *("medication_at_first_visit", "counseling_required", "telehealth_states", "description"),
)


@transaction.atomic
def publish(submission, slugs, user) -> Clinic:
    """Write the answers of these steps to the listing's clinic, which is created if there is none.

    The owner confirms the fact groups of these steps. Raises ValueError if a step has errors.
    """
    listing = submission.listing
    clinic = Clinic.objects.select_for_update().get(pk=listing.clinic_id) if listing.clinic_id else Clinic()
    forms = {slug: form for slug, form in steps.forms_of(submission.answers).items() if slug in slugs}
    for slug, form in forms.items():
        if not form.is_valid():
            raise ValueError(f"{steps.STEPS[slug].title}: this step has errors.")
    unasked = _unasked(submission, forms)
    answered = {name: value for form in forms.values() for name, value in form.cleaned_data.items()}
    values = {name: value for name, value in answered.items() if name not in unasked}
    old_phone, old_address = clinic.phone, [getattr(clinic, name) for name in ADDRESS_FIELDS]
    _write_fields(clinic, values)
    _write_services(clinic, values, forms)
    has_moved = "point" in values or old_address != [getattr(clinic, name) for name in ADDRESS_FIELDS]
    shown = clinic.coordinates
    clinic.save()
    point = values.get("point")
    if "point" in values and (point is None or point != shown):
        pin(clinic, OWNER, point)
    else:
        place_clinics([clinic.pk])
    clinic.refresh_from_db()
    if "practitioners" in values:
        _write_practitioners(clinic, values["practitioners"])
    groups = {group for slug in forms for group in FACT_GROUPS_OF_STEPS.get(slug, [])}
    confirm(clinic, groups, Source.OWNER, user, phone_changed=clinic.has_replaced(old_phone))
    if has_moved and not point and settings.GEOCODER:
        transaction.on_commit(lambda: async_task("listings.wizard.addresses.locate_clinic", clinic.pk))
    return clinic


def _unasked(submission, forms: dict) -> set[str]:
    """Fields of these forms that an older release, which began the change, did not have.

    A box that is not ticked is not sent either, but then it was among the answers that the change began with.
    """
    return {
        name
        for slug, form in forms.items()
        if slug in submission.live_answers
        for name in form.fields
        if name not in submission.live_answers[slug] and name not in submission.answers[slug]
    }


def _write_fields(clinic: Clinic, values: dict) -> None:
    for name in PLAIN_FIELDS:
        if name in values:
            setattr(clinic, name, values[name])
    if "zip_code" in values:
        clinic.zip_code, _dash, clinic.zip4 = values["zip_code"].partition("-")
        for name, value in normalized(values).items():
            setattr(clinic, name, value)
    if "desk_languages" in values:
        clinic.desk_languages = values["desk_languages"] or None
    stated.state(clinic, {key: value for key, value in values.items() if key in OWN}, Source.OWNER)


def _write_services(clinic: Clinic, values: dict, forms: dict) -> None:
    """Set the chosen services, those denied among them; services that these forms do not offer stay."""
    fields = {
        name: field
        for form in forms.values()
        for name, field in form.fields.items()
        if isinstance(field, steps.ServicesField) and name in values
    }
    if fields:
        offered = {pk for field in fields.values() for pk, _label in field.offered()}
        chosen = {pk for name in fields for pk in values[name]}
        others = set(clinic.all_service_ids) - offered
        clinic.set_services(Service.objects.filter(pk__in=others | chosen))


def _write_practitioners(clinic: Clinic, people: list[dict]) -> None:
    """Who is named already keeps the day of their consent."""
    clinic.practitioners.exclude(npi__in=[person["npi"] for person in people]).delete()
    for person in people:
        values = {name: value for name, value in person.items() if name not in ("npi", "consented")}
        known = clinic.practitioners.filter(npi=person["npi"]).first()
        values["consented_on"] = known.consented_on if known else timezone.localdate()
        Practitioner.objects.update_or_create(clinic=clinic, npi=person["npi"], defaults=values)
