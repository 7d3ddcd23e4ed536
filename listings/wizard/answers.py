"""From a clinic back to the answers of the wizard, so that changes start with what is live."""

from clinics.models import Clinic
from clinics.questions import kinds, stated
from clinics.questions.registry import OWN
from clinics.typed_hours import DOSING, OPEN, WALK_IN, parse_week
from listings.wizard.addresses import ADDRESS_FIELDS
from listings.wizard.steps.base import stateable
from listings.wizard.steps.hours import OWN_QUESTIONS as OF_HOURS
from listings.wizard.steps.hours import typed_week
from listings.wizard.steps.place import format_point


def answers_of(clinic: Clinic) -> dict:
    """What is live, in the form in which an owner would have typed it: {step: {field: [values]}}."""
    zip_code = f"{clinic.zip_code}-{clinic.zip4}" if clinic.zip4 else clinic.zip_code
    address = {name: [getattr(clinic, name)] for name in ADDRESS_FIELDS} | {"zip_code": [zip_code]}
    point = format_point(clinic.coordinates) if clinic.coordinates and not clinic.is_approximate else ""
    return {
        "practice": {"name": [clinic.name], "name_detail": [clinic.name_detail]} | address,
        "map": {"point": [point]},
        "phones": {
            "phone": [clinic.phone],
            "intake_phones": [", ".join(clinic.intake_phones)],
            "hotlines": [", ".join(clinic.hotlines)],
            "other_phones": [", ".join(clinic.other_phones)],
            "website": [clinic.website],
        },
        "hours": _hours(clinic),
        "practitioners": _practitioners(clinic),
        "services": _services(clinic, "medication", "setting", "care", "program", "age")
        | {"denied": list(map(str, clinic.denied_service_ids))},
        "payment": _services(clinic, "payment", "assistance")
        | {"first_visit_cents": _number(clinic.first_visit_dollars)},
        "languages": _services(clinic, "language") | {"desk_languages": list(clinic.desk_languages or [])},
        "access": _availability(clinic),
        "visit": _questions(clinic),
        "description": {"description": [clinic.description]},
    }


def _availability(clinic: Clinic) -> dict:
    states = clinic.telehealth_states
    return {
        "accepting_new_patients": _yes_no(clinic.accepting_new_patients),
        "days_to_first_visit": _number(clinic.days_to_first_visit),
        "medication_at_first_visit": _yes_no(clinic.medication_at_first_visit),
        "counseling_required": _yes_no(clinic.counseling_required),
        "telehealth": _yes_no(None if states is None else bool(states)),
        "telehealth_states": list(states or []),
    }


def _questions(clinic: Clinic) -> dict:
    known = stated.known(clinic)
    return {key: kinds.typed(question, known[key]) for key, question in OWN.items() if key not in OF_HOURS}


def _hours(clinic: Clinic) -> dict:
    known = stated.known(clinic)
    dosing = known["dosing_hours"]
    return {
        **typed_week(OPEN, clinic.open_hours),
        **typed_week(WALK_IN, clinic.walk_in_hours),
        **typed_week(DOSING, None if dosing is None else parse_week(dosing)),
        "holidays_closed": kinds.typed(OWN["holidays_closed"], known["holidays_closed"]),
    }


def _services(clinic: Clinic, *groups) -> dict:
    """{facet group: ids of the services that the clinic offers}."""
    services = stateable(*groups).filter(pk__in=clinic.service_ids)
    offered: dict[str, list[str]] = {group: [] for group in groups}
    for pk, group in services.values_list("pk", "group"):
        offered[group].append(str(pk))
    return offered


def _yes_no(value) -> list[str]:
    return [{True: "yes", False: "no", None: ""}[value]]


def _number(value) -> list[str]:
    return ["" if value is None else str(value)]


def _practitioners(clinic: Clinic) -> dict:
    people = list(clinic.practitioners.all())
    typed = {"people-TOTAL_FORMS": [str(len(people) + 1)], "people-INITIAL_FORMS": ["0"]}
    names = ("name", "credentials", "npi", "license_state", "license_number")
    for number, person in enumerate(people):
        typed |= {f"people-{number}-{name}": [getattr(person, name)] for name in names}
        typed[f"people-{number}-license_expires_on"] = [person.license_expires_on.isoformat()]
        typed[f"people-{number}-consented"] = ["on"]
    return typed
