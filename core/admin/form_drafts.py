"""What the long forms of the admin ask of the server while somebody types (static/admin-extra/form-drafts/)."""

import json
from collections.abc import Callable
from uuid import UUID

from csp.constants import NONCE
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from js_asset import ImportMap, Media, Script

from core.form_drafts.models import MOST_BYTES, FormDraft, OpenForm, TooManyDraftsError
from core.form_drafts.pages import page_of

FOLDER = "admin-extra/form-drafts"
# Imported by name, since the addresses of static files change with their content.
MODULES = ("browser-copy", "closed", "fields", "log-in", "offer", "restore", "rows", "server", "shared-desk", "words")
TOO_LONG = "This form is too long to be kept as a draft. It is kept in this browser; save it."
TOO_MANY = "you have as many drafts as can be kept; save or throw away one."
MOST_LEVELS = 8  # of lists and objects inside each other; the script sends 5


# The import map is an inline script; a nonce names it, so no other one runs.
may_run_its_script: Callable[[Callable], Callable] = csp_update({"script-src": [NONCE]})


@method_decorator(may_run_its_script, name="changeform_view")
class KeepsDrafts(admin.ModelAdmin):
    """A form that keeps what is typed, offers it on return, and says who else has it open."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.drafts_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("form-drafts/", view, name=f"{name}_add_drafts"),
            path("<path:object_id>/form-drafts/", view, name=f"{name}_drafts"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        media, item = context["media"], obj if change else None
        if self._may_keep(request, item):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
            url = reverse(f"{name}_drafts", args=[item.pk]) if item else reverse(f"{name}_add_drafts")
            media += script()
            context["drafts"] = facts(request, url, f"{self.opts.model_name}_form", is_new=item is None)
            context["drafts"]["is_closed"] = not self._may_save(request, item)
        context["media"] = with_nonce(request, media)  # of widgets with import maps too
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _may_save(self, request, item) -> bool:
        return self.has_change_permission(request, item) if item else self.has_add_permission(request)

    def _may_keep(self, request, item) -> bool:
        """Whose page was closed to them while they typed, as by a publication, finds what they typed on it."""
        is_closed_to_a_writer = item is not None and self.has_change_permission(request)
        return self._may_save(request, item) or (is_closed_to_a_writer and self.has_view_permission(request, item))

    def save_related(self, request, form, formsets, change):
        """In the transaction of the save: if that is undone, the draft is still there."""
        super().save_related(request, form, formsets, change)
        forget_saved(request)

    def drafts_view(self, request, object_id=None):
        item = self.get_object(request, unquote(object_id)) if object_id else None
        is_moved = bool(object_id) and item is None
        if is_moved and (item := self._moved_to(request)) is None:
            raise Http404
        if not self._may_keep(request, item):
            raise PermissionDenied
        is_closed = is_moved or not self._may_save(request, item)
        return answer(request, (self.opts.label_lower, str(item.pk) if item else ""), is_closed=is_closed)

    def _moved_to(self, request):
        """The row that has the draft of this page by now (FormDraft.objects.move), whose last words follow it."""
        if request.method != "POST" or int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return None
        try:
            page = UUID(json.loads(request.body)["page"])
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return None
        mine = FormDraft.objects.of(request.user).filter(form=self.opts.label_lower, page=page).exclude(object_id="")
        draft = mine.first()
        return self.get_object(request, draft.object_id) if draft else None


# For a form that is no change form of the admin: its page and its address call these.


def script() -> Media:
    return Media(
        js=[Script(f"{FOLDER}/form-drafts.js", type="module")],
        importmap=ImportMap({f"form-drafts/{each}": f"{FOLDER}/{each}.js" for each in MODULES}),
    )


def with_nonce(request, media) -> Media:
    return Media.from_media(media, nonce=str(request.csp_nonce))


def facts(request, url: str, form_id: str, *, is_new: bool = False) -> dict:
    """What the script is told (templates/admin/_drafts.html): where it asks, and for which form of the page."""
    sent = page_of(request) if request.method == "POST" else None
    return {
        "url": url,
        "form": form_id,
        "page": str(sent[0]) if sent else "",
        "revision": sent[1] if sent else 0,
        "is_new": is_new,
        "is_sent": request.method == "POST",
    }


def forget_saved(request) -> None:
    """What the form was sent with is saved now, so its draft goes."""
    if sent := page_of(request):
        FormDraft.objects.of(request.user).saved(*sent)


def answer(request, form: tuple[str, str], *, is_closed: bool = False) -> JsonResponse:
    """What the script asked, of somebody who may keep drafts of the form: ("app.model", object).

    `is_closed`: it cannot be saved any more, and what was typed is there to be copied.
    """
    closed = {"closed": is_closed}
    if request.method != "POST":
        return JsonResponse(_state(request, form) | closed | {"drafts": _drafts(request, form)})
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return JsonResponse({"sentence": TOO_LONG}, status=413)
    try:
        _take(request, form, json.loads(request.body))
    except TooManyDraftsError:
        return JsonResponse({"sentence": TOO_MANY}, status=409)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # nothing that the script sends
        return JsonResponse({"sentence": "This is no draft of a form."}, status=400)
    return JsonResponse(_state(request, form) | closed)


def _take(request, form: tuple[str, str], sent: dict) -> None:
    if sent["user"] != request.user.pk:
        return  # somebody else logged in meanwhile: what the page shows is not theirs. The answer names them.
    if sent["do"] == "open":
        if form[1]:
            OpenForm.objects.see(request.user, *form)
    elif sent["do"] == "keep":
        draft = FormDraft(
            user=request.user,
            page=UUID(sent["page"]),
            form=form[0],
            object_id=form[1],
            revision=_count(sent["revision"]),
            content=_as_json(dict(sent["content"])),
        )
        replaced = {UUID(page): _count(revision) for page, revision in sent["replaces"].items()}
        FormDraft.objects.keep(draft, replaced)
    elif sent["do"] == "throw-away":
        FormDraft.objects.of(request.user).saved(UUID(sent["page"]), _count(sent["revision"]))


def _state(request, form: tuple[str, str]) -> dict:
    """Who is logged in, the token for the next form, and who else has this one open."""
    others = OpenForm.objects.others(request.user, *form) if form[1] else []
    return {
        "user": request.user.pk,
        "name": request.user.get_username(),
        "csrf": get_token(request),
        "now": timezone.now(),
        "others": [{"name": _name_of(each.user), "since": each.opened_at} for each in others],
    }


def _drafts(request, form: tuple[str, str]) -> list[dict]:
    return [
        {
            "page": draft.page,
            "revision": draft.revision,
            "begun_at": draft.begun_at,
            "kept_at": draft.kept_at,
            "content": json.loads(draft.content),
        }
        for draft in FormDraft.objects.of(request.user).of_form(*form)
    ]


def _as_json(content: dict) -> str:
    """The text of a draft. Raises ValueError if a browser could not read it: for NaN, and for what is too nested."""
    if _levels(content) > MOST_LEVELS:
        raise ValueError("too nested")
    return json.dumps(content, allow_nan=False)


def _levels(value) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_levels, inner), default=0)


def _count(value) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError(value)
    return value


def _name_of(user) -> str:
    return user.get_full_name() or user.get_username()
