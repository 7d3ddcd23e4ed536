"""The history of a small row, in words: who changed which field when, from what to what."""

from itertools import pairwise
from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import render

from articles.admin.compare import value_change
from articles.admin.revisions import SHOWN

BOOKKEEPING = ("history_id", "history_date", "history_change_reason", "history_type", "history_user", "id")


class HistoryInWords:
    """For the admin of a model with `history`."""

    def save_model(self, request, item, form, change):
        item._history_user = request.user
        super().save_model(request, item, form, change)  # type: ignore[misc]  # of the admin that it is mixed into

    def delete_model(self, request, item):
        item._history_user = request.user
        super().delete_model(request, item)  # type: ignore[misc]  # of the admin that it is mixed into

    def history_view(self, request, object_id, extra_context=None):
        model_admin: Any = self
        item = model_admin.get_object(request, object_id)
        if item is None:
            return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
        if not model_admin.has_view_or_change_permission(request, item):
            raise PermissionDenied
        revisions = list(item.history.select_related("history_user")[: SHOWN + 1])
        rows = [
            {"revision": after, "changes": changes(before, after)} for after, before in pairwise([*revisions, None])
        ][:SHOWN]
        context = model_admin.admin_site.each_context(request) | {
            "title": f"History of “{item}”",
            "object": item,
            "opts": model_admin.opts,
            "rows": rows,
        }
        return render(request, "admin/articles/history_in_words.html", context)


def changes(before, after) -> list[tuple[str, str]]:
    """(field, what was replaced by what) of each field that differs."""
    if before is None:
        return []
    return [
        (field.verbose_name, value_change(before, after, field.name))
        for field in after._meta.concrete_fields
        if field.name not in BOOKKEEPING and getattr(before, field.attname) != getattr(after, field.attname)
    ]
