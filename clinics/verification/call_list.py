"""Who is called next, and what a call's result writes. Two callers never hold the same clinic.

The choice locks the clinic's row and leaves out rows that somebody else has locked; that a clinic has one open call at
most is a constraint of the database, so a caller who comes in between is given the next clinic instead.
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
from clinics.verification import accuracy_sample
from clinics.verification.provenance import confirm
from clinics.verification.reconfirmation import reachable_clinics

REST = timedelta(days=2)  # before a number that nobody answered is called again
VIEWED = timedelta(days=30)  # how long a view of its page counts
TRIES = 20  # callers who take a clinic at the same moment

Result = Call.Result


def waiting():
    """Clinics to be called, the first one first.

    Drawn for the month's score, doubted, most reported, stalest, and of those that are as stale the most viewed.
    """
    now, today = timezone.now(), timezone.localdate()
    calls = Call.objects.filter(clinic=OuterRef("pk"))
    called = calls.filter(finished_at__isnull=False).exclude(result=Result.SKIPPED)
    reports = Correction.objects.open().filter(clinic=OuterRef("pk")).order_by().values("clinic")
    views = ClinicViews.objects.filter(clinic=OuterRef("pk"), day__gt=today - VIEWED).order_by().values("clinic")
    contact = Confirmation.objects.filter(clinic=OuterRef("pk"), fact_group=FactGroup.CONTACT)
    answering = ConfirmationRequest.objects.awaiting_answer().filter(clinic=OuterRef("pk"))
    rows = (
        Clinic.objects.defer("position")
        .with_is_stale()
        .annotate(
            is_drawn=Exists(SampleMember.objects.filter(clinic=OuterRef("pk"), scored_at=None)),
            reports=Coalesce(Subquery(reports.annotate(n=Count("origin_hash", distinct=True)).values("n")), 0),
            seen=Coalesce(Subquery(views.annotate(n=Sum("count")).values("n")), 0),
            contact_on=Subquery(contact.values("confirmed_on")[:1]),
            by_mail=Exists(reachable_clinics().filter(pk=OuterRef("pk"))) & Exists(answering),
        )
    )
    rows = rows.exclude(Exists(calls.filter(finished_at=None, taken_at__gt=now - LEASE)))
    rows = rows.exclude(Exists(calls.filter(finished_at__gt=now - REST)))
    needed = Q(is_drawn=True) | Q(reports__gt=0) | Q(is_stale=True)
    tried = called.filter(finished_at__gt=now - timedelta(days=30)).order_by().values("clinic")
    rows = rows.annotate(tries=Coalesce(Subquery(tried.annotate(n=Count("pk")).values("n")), 0))
    callable_now = Q(is_listed=True, by_mail=False, tries__lt=ATTEMPTS) & ~Q(phone="")
    rows = rows.filter(needed).filter(Q(is_drawn=True) | callable_now)
    return rows.order_by(
        F("is_drawn").desc(),
        F("phone_doubted_on").asc(nulls_last=True),
        F("reports").desc(),
        F("contact_on").asc(nulls_first=True),
        F("seen").desc(),
        "pk",
    )


def take_next(caller) -> Call | None:
    """The clinic that `caller` calls now: the one they hold already, else the next; None when the list is done."""
    Call.objects.filter(finished_at=None, taken_at__lte=timezone.now() - LEASE).delete()
    held = Call.objects.select_related("clinic").filter(caller=caller, finished_at=None).first()
    for _try in range(TRIES if held is None else 0):
        try:
            with transaction.atomic():
                clinic = waiting().select_for_update(skip_locked=True, of=("self",)).first()
                if clinic is None:
                    return None
                drawn = SampleMember.objects.filter(clinic=clinic, scored_at=None).first()
                number = drawn.shown["phone"] if drawn else clinic.phone
                return Call.objects.create(clinic=clinic, caller=caller, number_called=number, sample_member=drawn)
        except IntegrityError:  # somebody took it, or this caller took another one in a second window
            held = Call.objects.select_related("clinic").filter(caller=caller, finished_at=None).first()
            if held:
                break
    return held


def finish(call: Call, result: str, **answers) -> None:
    """Record what a call found, and write what follows from it for readers.

    Only a person at the clinic confirms anything. A closed clinic is for an editor to take down.
    """
    with transaction.atomic():
        Clinic.objects.select_for_update().only("pk").get(pk=call.clinic_id)
        call.result, call.finished_at = result, timezone.now()
        for name, value in answers.items():
            setattr(call, name, value)
        call.save()
        if result == Result.SKIPPED:
            return
        _write_facts(call)
        if call.sample_member_id:
            accuracy_sample.score(call.sample_member)


def _write_facts(call: Call) -> None:
    clinic, by = call.clinic, call.caller
    is_current = call.number_called == clinic.phone  # a sample is called at the number it was drawn with
    if call.result == Result.ANSWERED:
        if call.name_is_right and call.address_is_right and is_current:
            confirm(clinic, [FactGroup.CONTACT], Source.CALLED, by, phone_changed=False)
        elif not call.name_is_right or call.address_is_right is False:
            _report(clinic, Correction.Problem.MOVED if call.name_is_right else Correction.Problem.OTHER, call.note)
        if call.accepting_new_patients is not None:
            clinic.accepting_new_patients = call.accepting_new_patients
            clinic.days_to_first_visit = call.days_to_first_visit
            clinic.save(update_fields=["accepting_new_patients", "days_to_first_visit", "access_bits", "updated_at"])
            confirm(clinic, [FactGroup.AVAILABILITY], Source.CALLED, by, phone_changed=False)
    elif call.result in (Result.DEAD, Result.STRANGER) and is_current:
        _report(clinic, Correction.Problem.WRONG_NUMBER, call.note)
        Clinic.objects.filter(pk=clinic.pk, phone_doubted_on=None).update(phone_doubted_on=timezone.localdate())
    elif call.result == Result.CLOSED:
        _report(clinic, Correction.Problem.CLOSED, call.note)


def _report(clinic: Clinic, problem: str, note: str) -> None:
    """For an editor's queue, unless the same is waiting there already."""
    if not clinic.corrections.open().filter(problem=problem, origin_hash="").exists():
        Correction.objects.create(clinic=clinic, problem=problem, note=note or "Found by a call of ours.")
