"""The call list: which clinic is called next, and what the result of a call writes. No two callers hold one clinic.

Choosing locks the clinic's row and skips rows that another caller has locked. A constraint of the database allows one
open call for a clinic, so a caller who is too late gets the next clinic instead.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from clinics.models import (
    Call,
    Clinic,
    ClinicViews,
    Confirmation,
    ConfirmationRequest,
    Correction,
    FactGroup,
    SampleMember,
    Source,
)
from clinics.models.calls import ATTEMPTS, LEASE
from clinics.models.reports import warn_of_phone
from clinics.verification import accuracy_sample
from clinics.verification.provenance import answer, confirm
from clinics.verification.recipients import reachable_clinics

REST = timedelta(days=2)  # between two calls of a clinic
TRIES_COUNT = timedelta(days=30)  # how long a call that nobody answered counts
VIEWS_COUNT = timedelta(days=30)  # how long a view of a clinic's page counts
MOST_COLLISIONS = 20  # callers who take a clinic at the same moment

Result = Call.Result


def waiting():
    """Clinics to be called, the first one first.

    Drawn for the month's sample, then with a number reported as dead, most reported, stalest, most viewed.
    """
    rows = _with_facts(Clinic.objects.defer("position").with_is_stale())
    needed = Q(is_drawn=True) | Q(reports__gt=0) | Q(is_stale=True)
    can_be_called = Q(is_listed=True, by_mail=False, tries__lt=ATTEMPTS) & ~Q(phone_for_new_patients="")
    rows = rows.filter(needed, Q(is_drawn=True) | can_be_called, is_held=False, is_resting=False)
    return rows.order_by(
        F("is_drawn").desc(),
        F("phone_reported_on").asc(nulls_last=True),
        F("reports").desc(),
        F("contact_on").asc(nulls_first=True),
        F("seen").desc(),
        "pk",
    )


def _with_facts(clinics):
    """Each with what decides whether and when it is called."""
    now, today = timezone.now(), timezone.localdate()
    calls = Call.objects.filter(clinic=OuterRef("pk"))
    tried = calls.filter(finished_at__gt=now - TRIES_COUNT).exclude(result=Result.SKIPPED)
    reports = Correction.objects.open().filter(clinic=OuterRef("pk"))
    views = ClinicViews.objects.filter(clinic=OuterRef("pk"), day__gt=today - VIEWS_COUNT)
    contact = Confirmation.objects.filter(clinic=OuterRef("pk"), fact_group=FactGroup.CONTACT)
    is_answering = Exists(ConfirmationRequest.objects.awaiting_answer().filter(clinic=OuterRef("pk")))
    return clinics.alias(
        is_held=Exists(calls.filter(finished_at=None, taken_at__gt=now - LEASE)),
        is_resting=Exists(calls.filter(finished_at__gt=now - REST)),
        by_mail=Exists(reachable_clinics().filter(pk=OuterRef("pk"))) & is_answering,
        tries=_per_clinic(tried, Count("pk")),
    ).annotate(
        is_drawn=Exists(SampleMember.objects.filter(clinic=OuterRef("pk"), scored_at=None)),
        contact_on=Subquery(contact.values("confirmed_on")[:1]),
        reports=_per_clinic(reports, Count("reporter_hash", distinct=True)),
        seen=_per_clinic(views, Sum("count")),
    )


def _per_clinic(rows, figure):
    """`figure` over the rows of one clinic, 0 without any."""
    return Coalesce(Subquery(rows.order_by().values("clinic").annotate(n=figure).values("n")), 0)


def take_next(caller) -> Call | None:
    """The clinic that `caller` calls now: the one they hold, else the next; None when nobody waits."""
    Call.objects.filter(finished_at=None, taken_at__lte=timezone.now() - LEASE).delete()
    held = Call.objects.select_related("clinic").filter(caller=caller, finished_at=None).first()
    for _try in range(MOST_COLLISIONS if held is None else 0):
        try:
            with transaction.atomic():
                clinic = waiting().select_for_update(skip_locked=True, of=("self",)).first()
                if clinic is None:
                    return None
                drawn = SampleMember.objects.filter(clinic=clinic, scored_at=None).first()
                number = drawn.shown["phone"] if drawn else clinic.phone_for_new_patients
                return Call.objects.create(clinic=clinic, caller=caller, number_called=number, sample_member=drawn)
        except IntegrityError:  # another caller took it, or this one took another in a second window
            held = Call.objects.select_related("clinic").filter(caller=caller, finished_at=None).first()
            if held:
                break
    return held


def finish(call: Call, result: str, **answers) -> None:
    """Store the result of a call, and write what follows from it for readers.

    Only a person at the clinic confirms facts. Only an editor unlists a closed clinic.
    """
    with transaction.atomic():
        call.clinic = Clinic.objects.select_for_update().get(pk=call.clinic_id)
        call.result, call.finished_at = result, timezone.now()
        for name, value in answers.items():
            setattr(call, name, value)
        call.save()
        if result == Result.SKIPPED:
            return
        _write_facts(call)
        if call.sample_member:
            accuracy_sample.score(call.sample_member)


def _write_facts(call: Call) -> None:
    clinic, by = call.clinic, call.caller
    # A sample is called at the number it was drawn with.
    is_current = call.number_called == clinic.phone_for_new_patients
    if call.result == Result.ANSWERED:
        if call.name_is_right and call.address_is_right and is_current:
            confirm(clinic, [FactGroup.CONTACT], Source.CALLED, by, phone_changed=False, called=call.number_called)
        elif not call.name_is_right or call.address_is_right is False:
            _report(clinic, Correction.Problem.MOVED if call.name_is_right else Correction.Problem.OTHER, call.note)
        answers = {key: value for key, value in call.answers.items() if value is not None}
        if call.accepting_new_patients is not None:
            answers["accepting_new_patients"] = call.accepting_new_patients
            answers["days_to_first_visit"] = call.days_to_first_visit
        if answers:
            answer(clinic, answers, Source.CALLED, by)
    elif call.result in (Result.DEAD, Result.STRANGER) and is_current:
        _report(clinic, Correction.Problem.WRONG_NUMBER, call.note, call.number_called)
        warn_of_phone(clinic, call.number_called)
    elif call.result == Result.CLOSED:
        _report(clinic, Correction.Problem.CLOSED, call.note)


def _report(clinic: Clinic, problem: str, note: str, phone: str = "") -> None:
    """A report for the editors' queue, unless the same one is open already."""
    if not clinic.corrections.open().filter(problem=problem, phone=phone, reporter_hash="").exists():
        note = note or "Found by a call of ours."
        Correction.objects.create(clinic=clinic, problem=problem, phone=phone, note=note)
