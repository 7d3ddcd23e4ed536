"""Writes the answers of an owner to the clinic that readers see."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from clinics.locations.placing import OWNER, pin, place_clinics
from clinics.models import Clinic, FactGroup, Practitioner, Service, Source
from clinics.questions import stated
from clinics.questions.registry import OWN
from clinics.verification.lock import Writer, refuse_if_waiting
from clinics.verification.provenance import confirm
from listings.wizard import steps
from listings.wizard.addresses import ADDRESS_FIELDS
from listings.wizard.answers import answers_of

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
def publish(submission, slugs, user, writer: Writer) -> Clinic:
    """Write the answers of these steps to the listing's clinic, which is created if there is none.

    `user`, who sent them in, confirms the fact groups of these steps. `writer`: the owner, or the editor who
    approved them. Raises ValueError if a step has errors.
    """
    refuse_if_waiting(writer, (fact for slug in slugs for fact in steps.STEPS[slug].facts()))
    listing = submission.listing
    clinic = Clinic.objects.select_for_update().get(pk=listing.clinic_id) if listing.clinic_id else Clinic()
    forms = {slug: form for slug, form in steps.forms_of(submission.answers).items() if slug in slugs}
    for slug, form in forms.items():
        if not form.is_valid():
            raise ValueError(f"{steps.STEPS[slug].title}: this step has errors.")
    values = published_values(submission, forms)
    old_phone, old_address = clinic.phone, [getattr(clinic, name) for name in ADDRESS_FIELDS]
    write_facts(submission, clinic, values, forms)
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


def published_values(submission, forms: dict) -> dict:
    """What goes live of the cleaned answers of these forms: what their owner was asked and has changed."""
    left = _unasked(submission, forms) | _unchanged(submission, forms)
    answered = {name: value for form in forms.values() for name, value in form.cleaned_data.items()}
    return {name: value for name, value in answered.items() if name not in left}


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


def _unchanged(submission, forms: dict) -> set[str]:
    """Fields as they were live when the change began: an editor or a list may have changed them since."""
    return {
        name
        for slug, form in forms.items()
        if slug in submission.live_answers
        for name in form.fields
        if all(
            submission.answers[slug].get(each) == submission.live_answers[slug].get(each)
            for each in form.inputs.get(name, (name,))
        )
    }


def write_facts(submission, clinic: Clinic, values: dict, forms: dict) -> None:
    """Set the columns of the clinic to these answers, cleaned by these forms. Does not save."""
    _write_fields(clinic, values)
    _write_services(submission, clinic, values, forms)


def _write_fields(clinic: Clinic, values: dict) -> None:
    if values.get("website", clinic.website) != clinic.website:
        clinic.website_from_owner_on = timezone.localdate()
    for name in PLAIN_FIELDS:
        if name in values:
            setattr(clinic, name, values[name])
    if "zip_code" in values:
        clinic.zip_code, _dash, clinic.zip4 = values["zip_code"].partition("-")
    if "desk_languages" in values:
        clinic.desk_languages = values["desk_languages"] or None
    stated.state(clinic, {key: value for key, value in values.items() if key in OWN}, Source.OWNER)


def _write_services(submission, clinic: Clinic, values: dict, forms: dict) -> None:
    """Add what was ticked and take away what was unticked since the change began; all other services stay."""
    fields = [
        (slug, name)
        for slug, form in forms.items()
        for name, field in form.fields.items()
        if isinstance(field, steps.ServicesField) and name in values
    ]
    if not fields:
        return
    live = submission.live_answers or (answers_of(clinic) if clinic.pk else {})
    before = {int(pk) for slug, name in fields for pk in live.get(slug, {}).get(name, []) if pk.isdigit()}
    chosen = {pk for _slug, name in fields for pk in values[name]}
    clinic.set_services(Service.objects.filter(pk__in=set(clinic.all_service_ids) - before | chosen))


def _write_practitioners(clinic: Clinic, people: list[dict]) -> None:
    """Who is named already keeps the day of their consent."""
    clinic.practitioners.exclude(npi__in=[person["npi"] for person in people]).delete()
    consents = dict(clinic.practitioners.values_list("npi", "consented_on"))
    today = timezone.localdate()
    rows = [
        Practitioner(
            clinic=clinic,
            consented_on=consents.get(person["npi"], today),
            **{name: value for name, value in person.items() if name != "consented"},
        )
        for person in people
    ]
    written = ["name", "credentials", "license_state", "license_number", "license_expires_on", "consented_on"]
    Practitioner.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["clinic", "npi"], update_fields=written
    )
