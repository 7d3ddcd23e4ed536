"""The switch of the monthly mail: opened from the mail or from the listing's page."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from listings.emails.monthly import membership_of
from listings.models import Membership


@require_http_methods(["GET", "POST"])
def monthly_mail(request, token):
    """Whoever holds the link may switch it, without logging in: it opens nothing else."""
    membership = membership_of(token)
    if membership is None:
        raise Http404
    if request.method == "POST":
        wants = request.POST.get("wants") == "yes"
        Membership.objects.filter(pk=membership.pk).update(monthly_mail=wants)
        messages.success(request, _("The monthly mail is on.") if wants else _("The monthly mail is off."))
        return redirect("listings:monthly_mail", token)
    return render(request, "listings/monthly_mail.html", {"membership": membership})
