"""The pages on which a person takes all that is held of them, and deletes the account."""

from allauth.account.decorators import reauthentication_required
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.rate_limits import rate_limit
from listings.personal_data.deletion import NotYet, delete_account, left_alone, obstacles
from listings.personal_data.export import export


@login_required
@require_http_methods(["GET", "POST"])
@rate_limit("export")
@reauthentication_required(allow_get=True)
def data(request):
    """GET explains; POST, with a recently given password or second factor, downloads everything as JSON."""
    if request.method == "GET":
        return render(request, "listings/data.html")
    response = JsonResponse(export(request.user), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def delete(request):
    """GET says what follows and what is in the way; POST, confirmed, forgets the person and logs out."""
    error = ""
    if request.method == "POST" and request.POST.get("sure") != "yes":
        error = _("Tick the box first: this cannot be taken back.")
    elif request.method == "POST":
        try:
            delete_account(request.user)
        except NotYet as reason:
            error = str(reason)
        else:
            logout(request)
            return render(request, "listings/deleted.html")
    context = {"obstacles": obstacles(request.user), "left_alone": left_alone(request.user), "error": error}
    return render(request, "listings/delete.html", context, status=422 if error else 200)
