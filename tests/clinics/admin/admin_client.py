"""An editor in the admin: rows to work on, and what a person does with its pages."""

import re
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from clinics.models import (
    Clinic,
    Confirmation,
    Correction,
    FactGroup,
    ImportDifference,
    ImportRun,
    PossibleDuplicate,
    Source,
    SourceRecord,
)
from tests.factories import TOWSON, make_clinic

# What the site's Content-Security-Policy refuses: style and script inside the page, but for the editor's import map.
INLINE = re.compile(
    rb"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)(?![^>]*json)(?![^>]*importmap" nonce=)"""
)
OFFERED = ["methadone", "opioid-treatment-program", "medicaid"]


def make_run(**fields) -> ImportRun:
    told = {"file_name": "directory_2024.csv.gz", "layout": "facilities", "source": Source.SAMHSA_DIRECTORY}
    counts = {"rows": 12, "created": 6, "unchanged": 4, "rejected": 2}
    times = {"finished_at": timezone.now() + timedelta(seconds=42)}
    notes = {"messages": ["unknown column: fax2", "unknown code ZZZ, 3 times"], "rules": {"same key": 4}}
    status = {"status": ImportRun.Status.APPLIED, "edition": "2024"}
    return ImportRun.objects.create(**(told | counts | times | notes | status | fields))


def make_record(clinic: Clinic, run: ImportRun, line: int, **fields) -> SourceRecord:
    said = {"name": clinic.name, "city": clinic.city, "codes": ["BU", "METH"], "website": "", "notes": []}
    keys = {"record_key": f"key {line}", "content_hash": "hash", "name_key": "name", "street_key": "street"}
    told = {"source": Source.SAMHSA_DIRECTORY, "edition": "2024", "row": said}
    return SourceRecord.objects.create(clinic=clinic, run=run, line=line, **(keys | told | fields))


def make_busy_clinic(number: int = 1) -> Clinic:
    """A clinic with all that belongs to one: a source record, confirmations and a report."""
    clinic = make_clinic(f"Harbor Recovery {number}", services=OFFERED)
    make_record(clinic, make_run(), 1000 + number)
    for group in (FactGroup.CONTACT, FactGroup.SERVICES, FactGroup.PAYMENT):
        Confirmation.objects.create(clinic=clinic, fact_group=group, source=Source.SAMHSA_DIRECTORY, edition="2024")
    make_correction(clinic)
    return clinic


def make_correction(clinic: Clinic | None = None, **fields) -> Correction:
    told = {"problem": Correction.Problem.WRONG_NUMBER, "note": "The line is <b>dead</b>."}
    return Correction.objects.create(clinic=clinic or make_clinic("Reported Clinic"), **(told | fields))


def make_pair(number: int = 1) -> PossibleDuplicate:
    one = make_clinic(f"Hope Clinic {number}", services=["methadone"])
    other = make_clinic(f"Hope Clinics {number}", at=TOWSON, phone="410-555-0101", services=["outpatient"])
    make_record(one, make_run(), 2000 + number)
    return PossibleDuplicate.objects.create(one=one, other=other, reason="same street, like names", similarity=0.9)


def make_difference(number: int = 1, **fields) -> ImportDifference:
    told = {"fact_group": FactGroup.CONTACT, "field": "phone", "ours": "410-555-0100", "theirs": "410-555-0199"}
    source = {"source": Source.SAMHSA_DIRECTORY, "edition": "2025", "run": make_run()}
    clinic = make_clinic(f"Disputed Clinic {number}")
    return ImportDifference.objects.create(clinic=clinic, **(source | told | fields))


def page_of(page: str, item_or_model, *args) -> str:
    return reverse(f"admin:{item_or_model._meta.app_label}_{item_or_model._meta.model_name}_{page}", args=args)


def act(desk, model, action: str, items, **query):
    data = {"action": action, "_selected_action": [item.pk for item in items]}
    return desk.post(page_of("changelist", model), data, query_params=query, follow=True)


def facts_of(desk, clinic: Clinic) -> dict:
    """What the form of a clinic would post if nothing were changed."""
    response = desk.get(page_of("change", clinic, clinic.pk))
    form, posted = response.context["adminform"].form, {}
    for name, field in form.fields.items():
        value = form[name].value()
        if value in (None, False):
            continue
        posted[name] = list(value) if name == "services" else field.prepare_value(value)
    for inline in response.context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        count = inline.formset.initial_form_count()
        posted |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count}
    return posted


def save(desk, clinic: Clinic, **changes):
    response = desk.post(page_of("change", clinic, clinic.pk), facts_of(desk, clinic) | changes, follow=True)
    assert "adminform" not in (response.context or {}), response.context["adminform"].errors
    clinic.refresh_from_db()
    return response


def sources_of(clinic: Clinic) -> dict[str, str]:
    return dict(clinic.confirmations.values_list("fact_group", "source"))


def history(item) -> list[str]:
    entries = LogEntry.objects.filter(object_id=item.pk, content_type__model=item._meta.model_name)
    return [entry.get_change_message() for entry in entries.order_by("pk")]
