"""Where a person is logged in, and a button that logs them out everywhere else."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.open_sessions import end_sessions, open_sessions


@login_required
@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def sessions(request):
    """GET lists the sessions; POST, with a recently given password, ends all but this one."""
    own = request.session.session_key
    if request.method == "POST":
        count = end_sessions(request.user, but=own)
        sentence = ngettext("Logged out in %(count)s other place.", "Logged out in %(count)s other places.", count)
        messages.success(request, sentence % {"count": count})
        return redirect("listings:sessions")
    return render(request, "listings/sessions.html", {"sessions": open_sessions(request.user), "own": own})
