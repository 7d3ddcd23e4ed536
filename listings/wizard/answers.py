"""From a clinic back to the answers of the wizard, so that changes start with what is live."""

from clinics import hours
from clinics.models import Clinic, Service
from listings.wizard.addresses import ADDRESS_FIELDS
from listings.wizard.steps.place import format_point


def answers_of(clinic: Clinic) -> dict:
    """What is live, in the form in which an owner would have typed it: {step: {field: [values]}}."""

    def offered(*groups):
        services = Service.objects.filter(group__in=groups, pk__in=clinic.service_ids).exclude(facet="")
        return [str(pk) for pk in services.values_list("pk", flat=True)]

    def yes_no(value):
        return [{True: "yes", False: "no", None: ""}[value]]

    def number(value):
        return ["" if value is None else str(value)]

    def week(value):
        return ["" if value is None else hours.format_week(value)]

    zip_code = f"{clinic.zip_code}-{clinic.zip4}" if clinic.zip4 else clinic.zip_code
    states = clinic.telehealth_states
    point = format_point(clinic.coordinates) if clinic.coordinates and not clinic.is_approximate else ""
    return {
        "practice": {name: [getattr(clinic, name)] for name in ("name", "name_detail", *ADDRESS_FIELDS)}
        | {"zip_code": [zip_code]},
        "map": {"point": [point]},
        "phones": {
            "phone": [clinic.phone],
            "intake_phones": [", ".join(clinic.intake_phones)],
            "website": [clinic.website],
        },
        "hours": {"open_hours": week(clinic.open_hours), "walk_in_hours": week(clinic.walk_in_hours)},
        "practitioners": _practitioners_of(clinic),
        "services": {group: offered(group) for group in ("medication", "setting", "care", "program", "age")},
        "payment": {group: offered(group) for group in ("payment", "assistance")}
        | {"first_visit_cents": number(clinic.first_visit_dollars)},
        "languages": {"desk_languages": list(clinic.desk_languages or []), "language": offered("language")},
        "access": {
            "accepting_new_patients": yes_no(clinic.accepting_new_patients),
            "days_to_first_visit": number(clinic.days_to_first_visit),
            "medication_at_first_visit": yes_no(clinic.medication_at_first_visit),
            "counseling_required": yes_no(clinic.counseling_required),
            "telehealth": yes_no(None if states is None else bool(states)),
            "telehealth_states": list(states or []),
        },
        "description": {"description": [clinic.description]},
    }


def _practitioners_of(clinic: Clinic) -> dict:
    people = list(clinic.practitioners.all())
    typed = {"people-TOTAL_FORMS": [str(len(people) + 1)], "people-INITIAL_FORMS": ["0"]}
    names = ("name", "credentials", "npi", "license_state", "license_number")
    for number, person in enumerate(people):
        typed |= {f"people-{number}-{name}": [getattr(person, name)] for name in names}
        typed[f"people-{number}-license_expires_on"] = [person.license_expires_on.isoformat()]
        typed[f"people-{number}-consented"] = ["on"]
    return typed
