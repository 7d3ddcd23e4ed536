"""Pages on which an owner looks for their practice and proves that it is theirs."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinics.models import Clinic
from core.rate_limits import allowed
from listings.accounts import proofs
from listings.accounts.forms import ClaimForm, CodeForm, FindForm, ObjectionForm, UnwantedCallForm
from listings.models import Claim, Listing, Membership
from listings.models.channels import takes_texts
from listings.models.claim import MOST_TRIES, UNWANTED_DAYS
from listings.models.listing import OBJECTION_DAYS
from listings.shortcuts import get_listing, post_only, sign_up_first
from listings.wizard.duplicates import find_practice

CALLED_DAYS = 30  # so long after a call somebody may say that they did not want it


@require_GET
def start(request):
    """What a listing is, and a search for the practice among the clinics."""
    form = FindForm(request.GET if "q" in request.GET else None, label_suffix="")
    found = find_practice(form.cleaned_data["q"]) if form.is_bound and form.is_valid() else None
    return render(request, "listings/start.html", {"form": form, "found": found})


@sign_up_first
@require_http_methods(["GET", "POST"])
def claim_clinic(request, pk):
    clinic = get_object_or_404(Clinic.objects.listed().defer("position"), pk=pk)
    if own := Listing.objects.of(request.user).filter(clinic=clinic).first():
        return redirect("listings:listing", own.pk)
    if waiting := clinic.claims.waiting().filter(user=request.user).first():
        return redirect("listings:claim", waiting.pk)
    return _choose_proof(request, Claim(clinic=clinic, user=request.user))


@login_required
@require_http_methods(["GET", "POST"])
def claim_proof(request, pk):
    """Another proof for a claim that waits, in place of the one before."""
    claim = get_object_or_404(request.user.claims.select_related("clinic"), pk=pk)
    if not claim.is_waiting:
        return redirect("listings:claim", claim.pk)
    return _choose_proof(request, claim)


def _choose_proof(request, claim: Claim):
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ClaimForm(*posted, clinic=claim.clinic)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        if allowed(request, "claim"):
            try:
                proofs.start(request, claim, form.cleaned_data)
            except IntegrityError:  # the button was pressed twice
                claim = Claim.objects.waiting().get(clinic=claim.clinic, user=request.user)
            return redirect("listings:claim", claim.pk)
        form.add_error(None, _("You have made many claims today. Please continue tomorrow."))
        status = 429
    listing = claim.listing
    context = {
        "clinic": claim.clinic,
        "claim": claim,
        "form": form,
        "has_owners": bool(listing and listing.is_live and listing.others_in_charge(request.user).exists()),
        "days": OBJECTION_DAYS,
    }
    return render(request, "listings/claim_clinic.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def claim(request, pk):
    """The status of a claim and what happens next; POST enters the code."""
    claim = get_object_or_404(request.user.claims.select_related("clinic"), pk=pk)
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and claim.status == Claim.Status.STARTED and form.is_valid():
        if claim.try_code(form.cleaned_data["code"]):
            messages.success(request, _("Thank you. An editor will review it, and you will get an e-mail."))
            return redirect("listings:claim", claim.pk)
        claim.refresh_from_db()
        form.add_error("code", _("This is not the code."))
    phone = proofs.number_to_call(claim) if claim.method == Claim.Method.PHONE else ""
    context = {
        "claim": claim,
        "form": form,
        "is_used_up": claim.tries >= MOST_TRIES,
        "most_tries": MOST_TRIES,
        "phone": phone,
        "takes_texts": takes_texts(phone),
        "days": OBJECTION_DAYS,
    }
    return render(request, "listings/claim.html", context, status=422 if form.errors else 200)


@login_required
@post_only
def claim_code(request, pk):
    """Send a code, or another one, by the way that `by` names."""
    claim = get_object_or_404(request.user.claims.select_related("clinic"), pk=pk)
    by = request.POST.get("by", "")
    is_a_way = claim.method == Claim.Method.EMAIL or (
        claim.method == Claim.Method.PHONE and by in Claim.Channel.values
    )
    if claim.status == Claim.Status.STARTED and is_a_way and (refused := proofs.send_code(request, claim, by)):
        messages.error(request, refused)
    return redirect("listings:claim", claim.pk)


@login_required
@post_only
def withdraw_claim(request, pk):
    claim = get_object_or_404(request.user.claims, pk=pk)
    if claim.withdraw():
        messages.success(request, _("Taken back. You can claim the clinic again at any time."))
    else:
        messages.warning(request, _("This claim was decided already."))
    return redirect("listings:account")


@login_required
@require_http_methods(["GET", "POST"])
def rival_claim(request, pk, claim):
    """For the owners of a clinic that somebody else claims: what it means, and a way to object."""
    listing = get_listing(request.user, pk, Membership.Role.OWNER)
    rivals = Claim.objects.rivals_of(listing.clinic) if listing.clinic else Claim.objects.none()
    rival = get_object_or_404(rivals.select_related("user", "clinic"), pk=claim)
    form = ObjectionForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            rival.object(request.user, form.cleaned_data["reason"])
        except ValueError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Thank you. An editor reads it before anything is decided."))
        return redirect("listings:listing", listing.pk)
    context = {"listing": listing, "rival": rival, "form": form}
    return render(request, "listings/rival_claim.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def unwanted_call(request):
    """Somebody was called and had asked for nothing: the code ends, and no program calls that number for a while.

    Only who has heard the code can say so: else anyone could stop the proof of a practice whose number they know. The
    answer is the same whether we called the number, so nobody learns here who was called.
    """
    form = UnwantedCallForm(request.POST if request.method == "POST" else None, label_suffix="")
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        if allowed(request, "unwanted call"):
            now = timezone.now()
            called = Claim.objects.filter(code_requested_at__gt=now - timedelta(days=CALLED_DAYS), unwanted_at=None)
            called = called.filter(code_phone=form.cleaned_data["phone"])
            named = [claim.pk for claim in called if claim.has_code(form.cleaned_data["code"])]
            called.filter(pk__in=named).update(unwanted_at=now, code_expires_at=now)
            return render(request, "listings/unwanted_call.html", {"is_stored": True, "days": UNWANTED_DAYS})
        form.add_error(None, _("Your network has sent us this many times today. Please try again tomorrow."))
        status = 429
    return render(request, "listings/unwanted_call.html", {"form": form, "days": UNWANTED_DAYS}, status=status)
