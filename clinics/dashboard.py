"""What waits for a person, and what is measured, of the directory."""

from django.utils import timezone

from clinics.locations import overview
from clinics.models import (
    Clinic,
    ClinicPhoto,
    Correction,
    ImportDifference,
    ImportRun,
    ImportUpload,
    Pharmacy,
    PossibleDuplicate,
    ProposedChange,
    Rule,
    StateLine,
)
from core import dashboard, metrics


def last_imports() -> dict[str, float]:
    """{source: seconds since its last import was applied}; an old list's points are no news of it."""
    now = timezone.now()
    runs = ImportRun.objects.filter(status=ImportRun.Status.APPLIED, points_only=False)
    started = runs.order_by("source", "-started_at").distinct("source").values_list("source", "started_at")
    return {source: (now - moment).total_seconds() for source, moment in started}


def stale_share() -> float:
    listed = Clinic.objects.listed()
    count = listed.count()
    return listed.stale().count() / count if count else 0


def points_note() -> dict:
    return {"sentence": overview.sentence(overview.everywhere())}


def import_note() -> dict:
    return {
        "last_run": ImportRun.objects.first(),
        "rejecting_run": ImportRun.objects.filter(rejected__gt=0).first(),
    }


dashboard.register(
    dashboard.Queue(
        priority=20,
        name="correction",
        one="report from a reader",
        many="reports from readers",
        rows=lambda: Correction.objects.filter(status=Correction.Status.OPEN),
        since="created_at",
        page="clinics_correction",
        permission="clinics.view_correction",
    ),
    dashboard.Queue(
        priority=15,
        name="proposed change",
        one="change that would send patients elsewhere, to check",
        many="changes that would send patients elsewhere, to check",
        rows=lambda: ProposedChange.objects.open(),
        since="created_at",
        page="clinics_proposedchange",
        permission="clinics.view_proposedchange",
    ),
    dashboard.Queue(
        priority=60,
        name="photo",
        one="photo to look at",
        many="photos to look at",
        rows=lambda: ClinicPhoto.objects.waiting(),
        since="added_at",
        page="clinics_clinicphoto",
        permission="clinics.view_clinicphoto",
    ),
    dashboard.Queue(
        priority=90,
        name="upload",
        one="import held until somebody looks",
        many="imports held until somebody looks",
        rows=lambda: ImportUpload.objects.filter(status__in=["rehearsed", "failed"]),
        since="created_at",
        page="clinics_importupload",
        permission="clinics.view_importupload",
    ),
    dashboard.Queue(
        priority=100,
        name="duplicate",
        one="pair of clinics that may be one place",
        many="pairs of clinics that may be one place",
        rows=lambda: PossibleDuplicate.objects.filter(status=PossibleDuplicate.Status.OPEN),
        since="created_at",
        page="clinics_possibleduplicate",
        permission="clinics.view_possibleduplicate",
    ),
    dashboard.Queue(
        priority=110,
        name="difference",
        one="fact that a newer list states otherwise",
        many="facts that a newer list states otherwise",
        rows=lambda: ImportDifference.objects.filter(status=ImportDifference.Status.OPEN),
        since="created_at",
        page="clinics_importdifference",
        permission="clinics.view_importdifference",
    ),
    dashboard.Queue(
        priority=85,
        name="rule",
        one="rule of law that ends or is to be read again",
        many="rules of law that end or are to be read again",
        rows=lambda: Rule.objects.to_check(),
        since="check_by",
        page="clinics_rule",
        permission="clinics.view_rule",
        query="?to_check=yes",
    ),
    dashboard.Queue(
        priority=86,
        name="state line",
        one="line of a state that readers will be told no longer",
        many="lines of states that readers will be told no longer",
        rows=lambda: StateLine.objects.to_check().filter(is_shown=True),
        since="valid_until",
        page="clinics_stateline",
        permission="clinics.view_stateline",
        query="?to_check=yes",
    ),
    dashboard.Queue(
        priority=84,
        name="pharmacy",
        one="pharmacy to check, of which somebody says that it filled a prescription",
        many="pharmacies to check, of which somebody says that they filled a prescription",
        rows=lambda: Pharmacy.objects.to_check(),
        since="created_at",
        page="clinics_pharmacy",
        permission="clinics.view_pharmacy",
        query="?to_check=yes",
    ),
    dashboard.Note(10, "admin/clinics/_call_list.html", "clinics.make_call"),
    dashboard.Note(40, "admin/clinics/_last_import.html", "clinics.view_importrun", import_note),
    dashboard.Note(50, "admin/clinics/_where_clinics_stand.html", "clinics.view_clinic", points_note),
)
metrics.register(
    metrics.Gauge("waypost_import_age_seconds", "Since the last import", last_imports, label="source"),
    metrics.Gauge("waypost_clinics_listed", "Clinics that readers can find", lambda: Clinic.objects.listed().count()),
    metrics.Gauge("waypost_stale_share", "Share of them whose contact nobody confirmed lately, 0 to 1", stale_share),
)
