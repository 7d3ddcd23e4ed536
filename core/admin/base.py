"""What several screens need: evidence that nobody edits, queues, and tables of what a source said."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from core.text import as_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EVERYTHING = "all"


class ReadOnly:
    """Seen and searched, never added, changed or deleted by hand."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    show_full_result_count = False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request, obj=None):
        return self.fields


class QueueFilter(admin.SimpleListFilter):
    """What is still open, unless something else is asked for."""

    title = "status"
    parameter_name = "status"
    choices_of_field: Sequence[tuple[str, "StrOrPromise"]] = ()  # the first one means open

    def lookups(self, request, model_admin):
        return self.choices_of_field

    def choices(self, changelist):
        open_value = self.choices_of_field[0][0]
        chosen = self.value() or open_value
        for value, label in [*self.choices_of_field, (EVERYTHING, "all")]:
            if value == open_value:
                query = changelist.get_query_string(remove=[self.parameter_name])
            else:
                query = changelist.get_query_string(new_params={self.parameter_name: value})
            yield {"selected": chosen == value, "query_string": query, "display": label}

    def queryset(self, request, queryset):
        value = self.value() or self.choices_of_field[0][0]
        return queryset if value == EVERYTHING else queryset.filter(**{self.parameter_name: value})


class QueueAdmin(admin.ModelAdmin):
    """A queue whose page shows the evidence and asks for one decision, by buttons instead of fields."""

    show_full_result_count = False
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER  # the counts would be those of the open ones only
    evidence_fields: list[str] = []
    decision_fields: list[str] = ["status", "decided_by", "decided_at"]  # the first one tells whether it is open

    def get_fields(self, request, item=None):
        is_open = item is None or getattr(item, self.decision_fields[0]) == "open"
        return self.evidence_fields if is_open else [*self.evidence_fields, *self.decision_fields]

    def get_readonly_fields(self, request, item=None):
        return self.get_fields(request, item)

    def has_add_permission(self, request):
        return False

    def decide(self, request, item, choice: str) -> str:
        """Carry out `choice`, the value of the button that was pressed; a sentence for the log.

        Raises ValueError, with a sentence, if that cannot be done.
        """
        raise NotImplementedError

    def still_open(self):
        """The rest of the queue, the next one first."""
        raise NotImplementedError

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST":
            return self.take_decision(request, object_id)
        item = self.get_object(request, object_id)
        context = self.evidence(item) if item else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def take_decision(self, request, object_id):
        item = self.get_object(request, object_id)
        if item is None:
            return self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # the stubs lack it
                request, self.opts, object_id
            )
        if not self.has_change_permission(request, item):
            raise PermissionDenied
        try:
            sentence = self.decide(request, item, request.POST.get("decision", ""))
        except ValueError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(admin_url(item))
        self.log_change(request, item, sentence)
        self.message_user(request, f"{item}: {sentence}", messages.SUCCESS)
        still_open = self.still_open()
        following = still_open.filter(pk=item.pk).first() or still_open.first()
        return HttpResponseRedirect(admin_url(following) if following else changelist_url(self.model))

    def evidence(self, item) -> dict:
        """What the page shows beside the fields."""
        return {}


def log_each(request, items, sentence: str) -> None:
    """One entry in the history of each of `items`."""
    LogEntry.objects.log_actions(request.user.pk, items, CHANGE, change_message=sentence)


def admin_url(item) -> str:
    """The page of one row."""
    return reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_change", args=[item.pk])


def changelist_url(model, **parameters) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=parameters or None)


def link(item, text: str = "") -> str:
    return format_html('<a href="{}">{}</a>', admin_url(item), text or str(item)) if item else "–"


def bullets(texts) -> str:
    """A list, or a dash where there is nothing."""
    if not texts:
        return "–"
    items = format_html_join("", "<li>{}</li>", ([text] for text in texts))
    return format_html('<ul class="plain-list">{}</ul>', items)


def key_values(row) -> str:
    """What a source said, as a table: one line for each thing that it filled in."""
    pairs = row.items() if isinstance(row, dict) else enumerate(row, start=1)
    filled = ((key, as_text(value)) for key, value in pairs if value not in ("", None, [], {}))
    lines = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', filled)
    return format_html('<table class="key-values"><tbody>{}</tbody></table>', lines)


def table(headings, rows) -> str:
    """Rows of texts under their headings."""
    head = format_html_join("", '<th scope="col">{}</th>', ([heading] for heading in headings))
    lines = ((format_html_join("", "<td>{}</td>", ([cell] for cell in row)),) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", lines)
    return format_html('<table class="rows"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>', head, body)
