"""Who states the facts of a clinic: the one door for editors, the clinic itself and callers.

Imports, the demo and the restoring of an export write their sources in bulk; none of them speaks for a person.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinics import availability
from clinics.models import Clinic, Correction, FactGroup, Service, Source
from clinics.models.availability import FIELDS_BY_GROUP
from clinics.models.reports import close_phone_reports
from clinics.questions import stated
from clinics.questions.registry import QUESTIONS


def confirm(
    clinic: Clinic, groups: Collection[str], source: str, by=None, *, phone_changed: bool, called: str = ""
) -> None:
    """From today on `source` states these groups of facts, and no import overwrites them. Save the clinic before.

    A confirmed contact answers what readers reported of its number: corrected if `phone_changed`, else checked. Only
    an editor who changed another fact of the contact has not checked the number, so the warning and the reports stay.
    Who `called` one number has checked that one alone.
    """
    statement = {"source": source, "edition": "", "confirmed_on": timezone.localdate(), "confirmed_by": by}
    with transaction.atomic():
        for group in groups:
            clinic.confirmations.update_or_create(fact_group=group, defaults=statement)
        if FactGroup.CONTACT not in groups:
            return
        if phone_changed:
            close_phone_reports(clinic, Correction.Status.CORRECTED, by)
        elif source != Source.EDITOR:
            close_phone_reports(clinic, Correction.Status.AS_STATED, by, called)


def answer(clinic: Clinic, answers: Mapping[str, Any], source: str, by=None) -> None:
    """Somebody answers these questions of the registry, and no others. Saves the clinic, which the caller has locked.

    The facts with a column have one day a group. It becomes today where nothing else of the group is known; else it
    stays, since nobody was asked for the rest: an answer is then shown older than it is, never newer. What is too old
    to be known does not come back: it is emptied.
    """
    stated.state(clinic, answers, source)
    written, confirmed = [], []
    for group, names in FIELDS_BY_GROUP.items():
        answered = {key: value for key, value in answers.items() if key in names and key in QUESTIONS}
        if not answered:
            continue
        known = clinic.as_known
        others = [name for name in names if name not in answered and getattr(known, name) is not None]
        if not (others and clinic.confirmations.filter(fact_group=group).exists()):
            confirmed.append(group)
        written.append(group)
        for name in names:
            setattr(clinic, name, answered.get(name, getattr(known, name)))
    with transaction.atomic():
        clinic.save(update_fields=[*_written(written), "updated_at"])
        confirm(clinic, confirmed, source, by, phone_changed=False)


def _written(groups: Collection[str]) -> list[str]:
    """The columns that an answer changes."""
    of_groups = [name for group in groups for name in FIELDS_BY_GROUP[FactGroup(group)]]
    return ["answers", "answers_stated", "availability_bits", "telehealth_bits", "time_zone", *of_groups]


def withdraw(clinic: Clinic, groups: Collection[str]) -> None:
    """Nobody states these groups of facts any more: the clinic emptied them."""
    clinic.confirmations.filter(fact_group__in=groups).delete()


def stated_groups(clinic: Clinic) -> list[str]:
    """The groups of which the clinic states anything."""
    of_services = set(Service.objects.filter(pk__in=clinic.all_service_ids).values_list("group", flat=True))
    stated = {
        FactGroup.CONTACT: True,
        FactGroup.SERVICES: bool(of_services.difference(Service.PAYMENT_GROUPS)),
        FactGroup.PAYMENT: bool(of_services.intersection(Service.PAYMENT_GROUPS)),
        FactGroup.AVAILABILITY: clinic.states_any(availability.AVAILABILITY_FIELDS),
        FactGroup.HOURS: clinic.states_any(availability.HOURS_FIELDS),
    }
    return [group for group, is_stated in stated.items() if is_stated]
