"""Pages of those who pay: every plan of theirs, whatever their role on a listing, its contact, payers and receipts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_q.tasks import async_task

from core import email
from core.rate_limits import rate_limit
from listings.billing import gateway
from listings.billing.bills import Bill, bills_of, plans_of, receipts_of
from listings.billing.failures import failure_sentence
from listings.billing.forms import ContactForm, PayerForm
from listings.billing.gateway_types import GatewayError
from listings.models import BillingAccount, Payer, Subscription
from listings.models.listing import OBJECTION_DAYS
from listings.shortcuts import OwnerRequest, post_only

TELL_GATEWAY = "listings.billing.contacts.tell_gateway_of"


def get_account(request: OwnerRequest, pk: int) -> BillingAccount:
    """A billing account that this person pays for. Raises Http404 for anybody else."""
    return get_object_or_404(BillingAccount.objects.of(request.user), pk=pk)


def _plans(account: BillingAccount) -> list[Bill]:
    rows = account.subscriptions.select_related("account", "listing__clinic", "price__plan", "next_price")
    paid = rows.exclude(status=Subscription.Status.UNPAID, is_open_at_gateway=False)
    return [Bill(subscription, is_payer=True) for subscription in paid]


@login_required
@require_GET
def billing_accounts(request: OwnerRequest) -> HttpResponse:
    """Every plan that this person pays or may end."""
    accounts = BillingAccount.objects.of(request.user).order_by("pk")
    listed = [
        {"account": account, "bills": _plans(account), "receipts": receipts_of(account)[:3]} for account in accounts
    ]
    others = bills_of(request.user, plans_of(request.user).exclude(account__in=accounts))
    return render(request, "listings/billing_accounts.html", {"accounts": listed, "others": others})


@login_required
@require_http_methods(["GET", "POST"])
def billing_account(request: OwnerRequest, pk: int) -> HttpResponse:
    """One billing account; POST changes the name, address and purchase order number on its invoices."""
    account = get_account(request, pk)
    form = ContactForm(request.POST if request.method == "POST" else None, instance=account, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            transaction.on_commit(lambda: async_task(TELL_GATEWAY, account.pk))
        messages.success(request, _("Saved. The next invoice shows it."))
        return redirect("listings:billing_account", account.pk)
    return _account_page(request, BillingAccount.objects.get(pk=pk), contact_form=form)


def _account_page(request: OwnerRequest, account: BillingAccount, **forms: object) -> HttpResponse:
    context = {
        "account": account,
        "bills": _plans(account),
        "payers": account.payers.select_related("user").order_by("pk"),
        "receipts": receipts_of(account).select_related("subscription"),
        "contact_form": ContactForm(instance=account, label_suffix=""),
        "payer_form": PayerForm(account=account, label_suffix=""),
    } | forms
    has_errors = any(getattr(form, "errors", None) for form in forms.values())
    return render(request, "listings/billing_account.html", context, status=422 if has_errors else 200)


@login_required
@post_only
@rate_limit("gateway")
def billing_account_portal(request: OwnerRequest, pk: int) -> HttpResponse:
    """A link to the gateway's own page with card and invoices."""
    account = get_account(request, pk)
    back = redirect("listings:billing_account", account.pk)
    if not account.customer_id:
        messages.info(request, _("There is no card and no invoice yet: nothing was paid so far."))
        return back
    try:
        url = gateway.portal_url(
            account.customer_id, return_url=request.build_absolute_uri(request.path.removesuffix("portal/"))
        )
    except GatewayError as error:
        messages.error(request, failure_sentence(error, "portal"))
        return back
    # A link rather than a redirect: our Content-Security-Policy lets no form lead to another host.
    return render(request, "listings/billing_portal.html", {"account": account, "url": url})


# Who pays


@login_required
@post_only
def add_payer(request: OwnerRequest, pk: int) -> HttpResponse:
    """Name another owner as payer: from then on they see the plans, and can change and end them."""
    account = get_account(request, pk)
    form = PayerForm(request.POST, account=account, label_suffix="")
    if not form.is_valid():
        return _account_page(request, account, payer_form=form)
    user = form.cleaned_data["email"]
    if is_recent_owner(account, request.user):
        messages.error(request, _too_recent())
        return redirect("listings:billing_account", account.pk)
    with transaction.atomic():
        payer, is_new = Payer.objects.get_or_create(account=account, user=user)
        if is_new:
            _mail_about(payer, "added")
    messages.success(request, _("%(email)s is a payer now too.") % {"email": user.email})
    return redirect("listings:billing_account", account.pk)


@login_required
@post_only
def remove_payer(request: OwnerRequest, pk: int, payer: int) -> HttpResponse:
    """Remove a payer. The last one stays, so that there is always somebody who can see and end what is charged."""
    account = get_account(request, pk)
    row = get_object_or_404(account.payers.select_related("user"), pk=payer)
    try:
        with transaction.atomic():
            BillingAccount.objects.select_for_update().get(pk=account.pk)
            if row.user_id != request.user.pk and is_recent_owner(account, request.user):
                raise ValueError(_too_recent())
            if not account.payers.exclude(pk=row.pk).exists():
                raise ValueError(_("The last payer cannot be removed. Name another payer first."))
            _mail_about(row, "removed")
            account.remove_payer(row.user)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("listings:billing_account", account.pk)
    if row.user_id == request.user.pk:
        return redirect("listings:billing_accounts")
    messages.success(request, _("%(email)s is no longer a payer.") % {"email": row.user.email})
    return redirect("listings:billing_account", account.pk)


def _too_recent() -> str:
    sentence = _("You became an owner only recently. For %(days)s days only the other owners change who pays.")
    return sentence % {"days": OBJECTION_DAYS}


def is_recent_owner(account: BillingAccount, user: User) -> bool:
    """Whether `user` became an owner of one of its clinics beside others a few days ago."""
    plans = account.subscriptions.open().select_related("listing")
    return any(plan.listing is not None and plan.listing.waits_as_owner(user) for plan in plans)


def _mail_about(payer: Payer, state: str) -> None:
    context = {"account": payer.account.name, "state": state}
    email.enqueue(f"payer-{state}-{payer.pk}", "listings/payer", to=payer.user.email, context=context)
