"""Every mail that the site sends, with invented contents: at /dev-mail/ of a development machine, nowhere else."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import allauth
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone, translation

from clinics.models import Clinic, ConfirmationRequest
from clinics.verification.reconfirmation import message_of
from core import staff_invitations
from core.decorators import read_only
from core.models import OutgoingEmail
from listings.emails.compose import ACCOUNT, compose, compose_with
from listings.emails.monthly import FEWEST
from listings.models import BillingAccount, LedgerEntry, Listing, Order, Plan, PlanPrice, Subscription

TO = "owner@practice.example"
URL = "https://waypost.example/account/listings/7/"
OWN_TEMPLATES = sorted(file.stem for file in (settings.BASE_DIR / "templates/listings/mail").glob("[a-z]*.txt"))
SWITCHED_OFF = {  # mails of allauth that the settings never send
    "account/email/login_code",
    "account/email/password_reset_code",
}


def _account_templates() -> dict[str, str]:
    """{name of the preview: prefix of the template} of the mails of allauth."""
    folder = Path(allauth.__file__).parent / "templates"
    files = [*folder.glob("account/email/*_subject.txt"), *folder.glob("mfa/email/*_subject.txt")]
    prefixes = sorted(file.relative_to(folder).as_posix().removesuffix("_subject.txt") for file in files)
    return {prefix.replace("/email/", "-"): prefix for prefix in prefixes if prefix not in SWITCHED_OFF}


ACCOUNT_TEMPLATES = _account_templates()
RECONFIRM = "reconfirm"
STAFF_INVITATION = "staff_invitation"
NAMES = [*OWN_TEMPLATES, *ACCOUNT_TEMPLATES, RECONFIRM, STAFF_INVITATION]


def example(name: str, language: str) -> EmailMessage:
    """The mail as it would be sent. Nothing is stored."""
    with translation.override(language):
        if name == RECONFIRM:
            clinic = Clinic(pk=7, name="Eastside Recovery Medicine", city="Baltimore", state="MD")
            return message_of(ConfirmationRequest(pk=7, clinic=clinic, email=TO), 0)
        if name == STAFF_INVITATION:
            return staff_invitations.compose(OutgoingEmail(to=TO, context={"url": URL}))
        if name in ACCOUNT_TEMPLATES:
            return compose(_account_mail(ACCOUNT_TEMPLATES[name], language))
        return _own_mail(name, language)


def _account_mail(prefix: str, language: str) -> OutgoingEmail:
    site = {"name": settings.SITE_NAME, "domain": settings.SITE_NAME}
    context = {
        "current_site": site,
        "user": User(email=TO),
        "email": TO,
        "from_email": TO,
        "to_email": "new@practice.example",
        "deleted_email": TO,
    }
    context |= {"contact_email": settings.CONTACT_EMAIL, "login_url": URL}
    context |= {"activate_url": URL, "password_reset_url": URL, "signup_url": URL, "key": "abc", "username": TO}
    context |= {"timestamp": timezone.now(), "ip": "203.0.113.7", "user_agent": "A browser", "request": None}
    message = get_adapter().render_mail(prefix, TO, context)
    finished = {"subject": message.subject, "text": message.body}
    return OutgoingEmail(template=ACCOUNT, to=TO, language=language, context=finished)


def _own_mail(name: str, language: str) -> EmailMessage:
    now = timezone.now()
    price = PlanPrice(plan=Plan(name="Featured"), interval="month", amount_cents=4900)
    later = PlanPrice(plan=price.plan, interval="month", amount_cents=5900)
    listing = Listing(practice_name="Eastside Recovery Medicine")
    order = Order(listing=listing, price=price)
    subscription = Subscription(
        order=order,
        account=BillingAccount(name="Eastside Recovery Medicine", email=TO, po_number="PO-1234"),
        listing=listing,
        price=price,
        gateway_interval="year" if name == "renewal" else "month",
        next_charge_cents=4900,
        next_charge_on=now + timedelta(days=40),
        card_expires_on=timezone.localdate() + timedelta(days=30),
        discount="20% off for 12 months" if name == "receipt" else "",
        status="past-due" if name == "payment_failing" else "active",
        period_end=now + timedelta(days=20),
        past_due_since=now if name == "payment_failing" else None,
        next_price=later,
        next_price_from=now + timedelta(days=30),
    )
    cents = -4900 if name == "refund" else 4900
    entry = LedgerEntry(kind="payment", amount_cents=cents, net_cents=cents, currency="usd", happened_at=now)
    entry.listing_name, entry.invoice_number, entry.tax_cents = "Eastside Recovery Medicine", "WAY-0007", 294
    entry.period_start, entry.period_end = now, now + timedelta(days=30)
    entry.receipt_url = "https://payments.example/receipt"
    facts = {
        "listing": "Eastside Recovery Medicine",
        "url": URL,
        "code": "123456",
        "by": "partner@practice.example",
        "days": 7,
    }
    facts |= {"amount": "$490.00", "by_invoice": "", "state": "added" if name == "payer" else ""}
    facts |= {"person": "Ana Rivera, MD", "day": (timezone.localdate() + timedelta(days=30)).isoformat()}
    facts |= {"month": "2026-10-01", "opened": "40", "fewest": str(FEWEST), "off_url": f"{URL}off/"}
    if name in ("question", "rejected", "claim_rejected"):
        facts["reason"] = "Which of the two entrances do patients use?"
    mail = OutgoingEmail(template=f"listings/{name}", to=TO, language=language, context=facts)
    return compose_with(mail, subscription, entry)


def index(request):
    languages = [code for code, _name in settings.LANGUAGES]
    return render(request, "listings/mail_previews.html", {"names": NAMES, "languages": languages})


def _message(name: str, language: str) -> SimpleNamespace:
    if name not in NAMES or language not in dict(settings.LANGUAGES):
        raise Http404
    message = example(name, language)
    html = next((body for body, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
    return SimpleNamespace(name=name, language=language, subject=message.subject, text=message.body, html=html)


def preview(request, name, language):
    context = {"message": _message(name, language), "names": NAMES, "languages": dict(settings.LANGUAGES)}
    return render(request, "listings/mail_previews.html", context)


def preview_html(request, name, language):
    return HttpResponse(_message(name, language).html)


app_name = "mail_previews"
urlpatterns = [
    path("", read_only(index), name="index"),
    path("<slug:name>/<slug:language>/", read_only(preview), name="preview"),
    path("<slug:name>/<slug:language>/html/", read_only(preview_html), name="html"),
]
