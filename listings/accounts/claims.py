"""Pages on which an owner looks for their practice and proves that it is theirs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinics.models import Clinic
from core.rate_limits import allowed
from listings.accounts.forms import ClaimForm, CodeForm, FindForm
from listings.emails.notifications import notify
from listings.models import Claim, Listing
from listings.models.claim import MOST_TRIES
from listings.wizard.duplicates import find_practice


@require_GET
def start(request):
    """What a listing is, and a search for the practice among the clinics."""
    form = FindForm(request.GET if "q" in request.GET else None, label_suffix="")
    found = find_practice(form.cleaned_data["q"]) if form.is_bound and form.is_valid() else None
    return render(request, "listings/start.html", {"form": form, "found": found})


@login_required
@require_http_methods(["GET", "POST"])
def claim_clinic(request, pk):
    clinic = get_object_or_404(Clinic.objects.listed().defer("position"), pk=pk)
    if own := Listing.objects.of(request.user).filter(clinic=clinic).first():
        return redirect("listings:listing", own.pk)
    if waiting := clinic.claims.waiting().filter(user=request.user).first():
        return redirect("listings:claim", waiting.pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ClaimForm(*posted, clinic=clinic)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        if allowed(request, "claim"):
            return _create_claim(request, clinic, form.cleaned_data)
        form.add_error(None, _("You have made many claims today. Please continue tomorrow."))
        status = 429
    return render(request, "listings/claim_clinic.html", {"clinic": clinic, "form": form}, status=status)


def _create_claim(request, clinic, cleaned_data):
    claim = Claim(clinic=clinic, user=request.user, method=cleaned_data["method"])
    if claim.method == Claim.Method.EMAIL:
        claim.email = cleaned_data["email"]
    if claim.method == Claim.Method.DOCUMENT:
        claim.document, claim.status, claim.proven_at = cleaned_data["document"], Claim.Status.OPEN, timezone.now()
    try:
        with transaction.atomic():
            claim.save()
            if claim.email:
                path, key = reverse("listings:claim", args=[claim.pk]), f"claim-code-{claim.pk}"
                notify(request, "claim_code", key, claim.email, path, code=claim.code, listing=str(clinic))
    except IntegrityError:  # the button was pressed twice
        claim = Claim.objects.waiting().get(clinic=clinic, user=request.user)
    return redirect("listings:claim", claim.pk)


@login_required
@require_http_methods(["GET", "POST"])
def claim(request, pk):
    """The status of a claim; POST enters the code."""
    claim = get_object_or_404(request.user.claims.select_related("clinic"), pk=pk)
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and claim.status == Claim.Status.STARTED and form.is_valid():
        if claim.try_code(form.cleaned_data["code"]):
            messages.success(request, _("Thank you. An editor will review it, and you will get an e-mail."))
            return redirect("listings:claim", claim.pk)
        claim.refresh_from_db()
        form.add_error("code", _("This is not the code."))
    context = {"claim": claim, "form": form, "is_used_up": claim.tries >= MOST_TRIES, "most_tries": MOST_TRIES}
    return render(request, "listings/claim.html", context, status=422 if form.errors else 200)
