"""Who vouches for the facts of a clinic."""

from django.db import transaction
from django.utils import timezone

from clinics.models import Clinic, Correction, FactGroup, Source


def confirm(clinic: Clinic, groups, source: str, by=None, *, corrected_phone: bool = False) -> None:
    """`source` vouches for these groups of facts from today on. A confirmed contact answers what readers reported."""
    statement = {"source": source, "edition": "", "confirmed_on": timezone.localdate(), "confirmed_by": by}
    with transaction.atomic():
        for group in groups:
            clinic.confirmations.update_or_create(fact_group=group, defaults=statement)
        if FactGroup.CONTACT in groups:
            outcome = Correction.Outcome.CORRECTED if corrected_phone else Correction.Outcome.AS_STATED
            for report in clinic.corrections.open().filter(problem=Correction.Problem.WRONG_NUMBER):
                report.close(outcome, by=by)


def vouch(clinic, fact_groups, user) -> None:
    """From now on `user`, an editor, is the source of these groups of facts: no import overwrites them."""
    statement = {"source": Source.EDITOR, "edition": "", "confirmed_on": timezone.localdate(), "confirmed_by": user}
    for group in fact_groups:
        clinic.confirmations.update_or_create(fact_group=group, defaults=statement)
