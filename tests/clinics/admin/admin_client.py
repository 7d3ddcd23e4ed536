"""What an editor does with the pages of the admin."""

import re

from django.contrib.admin.models import LogEntry
from django.urls import reverse

from clinics.models import Clinic

# What the site's Content-Security-Policy refuses: style and script inside the page, but for the editor's import map.
INLINE = re.compile(
    rb"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)(?![^>]*json)(?![^>]*importmap" nonce=)"""
)


def page_of(page: str, item_or_model, *args) -> str:
    return reverse(f"admin:{item_or_model._meta.app_label}_{item_or_model._meta.model_name}_{page}", args=args)


def run_action(desk, model, action: str, items, **query):
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
