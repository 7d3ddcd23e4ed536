"""What waits for a person, for the first page of the admin."""

from django import template
from django.db.models import Count, Min
from django.utils import timezone
from django_q.models import Schedule

from clinics.models import Correction, ImportDifference, ImportRun, ImportUpload, PossibleDuplicate
from clinics.truth.jobs import LATE

register = template.Library()


@register.inclusion_tag("admin/_needs_a_human.html")
def needs_a_human(user) -> dict:
    """Open reports, pairs to decide and the last import, as far as `user` may see them."""
    shown = {"may_call": user.has_perm("clinics.make_call")}
    if user.has_perm("clinics.view_correction"):
        open_reports = Correction.objects.filter(outcome=Correction.Outcome.OPEN)
        shown["corrections"] = open_reports.aggregate(count=Count("pk"), oldest=Min("created_at"))
    if user.has_perm("clinics.view_possibleduplicate"):
        shown["duplicates"] = PossibleDuplicate.objects.filter(decision=PossibleDuplicate.Decision.OPEN).count()
    if user.has_perm("clinics.view_importdifference"):
        shown["differences"] = ImportDifference.objects.filter(decision=ImportDifference.Decision.OPEN).count()
    if user.has_perm("clinics.view_importupload"):
        held = ImportUpload.objects.filter(status=ImportUpload.Status.REHEARSED).exclude(held_because="")
        shown["held_imports"] = held.count()
    if user.has_perm("django_q.view_schedule"):
        shown["late_jobs"] = Schedule.objects.filter(next_run__lt=timezone.now() - LATE).count()
    if user.has_perm("clinics.view_importrun"):
        shown["last_run"] = ImportRun.objects.first()
        shown["rejecting_run"] = ImportRun.objects.filter(rejected__gt=0).first()
    return shown
