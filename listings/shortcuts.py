"""How the pages of owners begin: the listing of this person, or a redirect if it takes no changes now."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from listings.models import Listing

# For pages that a newcomer asks for: to the sign-up, which leads on, and to the log-in for those who have an account.
sign_up_first = login_required(login_url="account_signup")


class OwnerRequest(HttpRequest):
    """A request behind `login_required`: its user is never anonymous."""

    user: User


Parts = ParamSpec("Parts")  # of an address
Deed = Callable[Concatenate[OwnerRequest, Parts], HttpResponse]


def post_only(view: Deed[Parts]) -> Deed[Parts]:
    """The address of a button. A GET of it leads to the page where the button stands.

    The log-in leads there when a button was pressed after the session had ended.
    """

    @wraps(view)
    def answer(request: OwnerRequest, *args: Parts.args, **kwargs: Parts.kwargs) -> HttpResponse:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["POST"])
        messages.warning(request, _("Nothing has changed yet. Please press the button again."))
        return redirect(page_above(request.path_info))

    answer.is_post_only = True  # type: ignore[attr-defined]
    return answer


def page_above(path: str) -> str:
    """The path of the nearest page above that can be read."""
    while "/" in (path := path.rstrip("/")):
        path = path[: path.rindex("/") + 1]
        try:
            found = resolve(path)
        except Http404:
            continue
        if not getattr(found.func, "is_post_only", False):
            return path
    return reverse("listings:account")


def get_listing(user: User, pk: int, *roles: str) -> Listing:
    """A listing that this person manages, in one of `roles` if given. Raises Http404 for anybody else."""
    return get_object_or_404(Listing.objects.of(user, *roles).select_related("clinic"), pk=pk)


def redirect_if_locked(request: HttpRequest, listing: Listing) -> HttpResponse | None:
    """A redirect to the listing's page, with the reason, if it is suspended or closed; else None."""
    if listing.takes_changes:
        return None
    messages.error(request, _("This listing is suspended or closed and cannot be changed."))
    return redirect("listings:listing", listing.pk)
