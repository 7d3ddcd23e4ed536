"""Everything that is held of a person, as plain values for JSON."""

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from clinics.models import ConfirmationRequest
from core.models import OutgoingEmail
from core.open_sessions import open_sessions
from listings.models import BillingAccount, Invitation, LedgerEntry, Subscription
from listings.personal_data.table import HELD

SUBSCRIPTION = ("gateway_id", "customer_id", "order_id", "status", "period_end", "ends_at_period_end")
LEDGER = ("gateway_id", "kind", "amount_cents", "fee_cents", "currency", "charge_id", "receipt_url", "happened_at")
ACCOUNT = ("id", "username", "email", "first_name", "last_name", "date_joined", "last_login")


def addresses_of(user: User) -> set[str]:
    """The e-mail addresses of the account, in small letters."""
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {address.lower() for address in (user.email, *known) if address}


def rows_of(label: str, user: User) -> QuerySet:
    """The rows that name `user` in a column, "app.Model.field"."""
    app, model, field = label.split(".")
    return apps.get_model(app, model)._base_manager.filter(**{field: user})


def mails_to(addresses: set[str]) -> QuerySet[OutgoingEmail]:
    return OutgoingEmail.objects.filter(to__iregex=_any_of(addresses)) if addresses else OutgoingEmail.objects.none()


def invitations_of(addresses: set[str]) -> QuerySet[Invitation]:
    return Invitation.objects.alias(small=Lower("email")).filter(small__in=addresses)


def requests_to(addresses: set[str]) -> QuerySet[ConfirmationRequest]:
    return ConfirmationRequest.objects.alias(small=Lower("email")).filter(small__in=addresses)


def export(user: User) -> dict:
    """{part: rows}. What others wrote about a clinic, and what readers report, is not part of it: it names nobody."""
    addresses = addresses_of(user)
    data: dict[str, object] = {
        "exported_at": timezone.now(),
        "account": {name: getattr(user, name) for name in ACCOUNT},
    }
    sessions = [{"began_at": each.began_at, "last_used_at": each.last_used_at} for each in open_sessions(user)]
    data["sessions"] = sessions
    for label, held in HELD.items():
        if held.name:
            data[held.name] = list(rows_of(label, user).values(*held.columns))
    subscriptions = Subscription.objects.filter(Q(order__buyer=user) | Q(account__payers__user=user)).distinct()
    data["plans"] = list(subscriptions.values(*SUBSCRIPTION))
    data["payments"] = list(_payments(user, subscriptions).values(*LEDGER))
    data["invitations_received"] = list(invitations_of(addresses).values("listing_id", "role", "created_at"))
    data["asked_to_confirm"] = list(requests_to(addresses).values("clinic_id", "email", "asked_on", "answered_at"))
    data["mails"] = [
        {
            "template": mail.template,
            "to": mail.to,
            "language": mail.language,
            "created_at": mail.created_at,
            "sent_at": mail.sent_at,
            "facts": {} if mail.is_secret else mail.context,
        }
        for mail in mails_to(addresses)
    ]
    return data


def _payments(user: User, subscriptions: QuerySet[Subscription]) -> QuerySet[LedgerEntry]:
    """Of these plans; and what names no plan, of the accounts that `user` pays now."""
    customers = BillingAccount.objects.of(user).exclude(customer_id=None).values("customer_id")
    own = Q(subscription__in=subscriptions.values("pk")) | Q(subscription=None, customer_id__in=customers)
    return LedgerEntry.objects.filter(own)


def _any_of(addresses: set[str]) -> str:
    escaped = ("".join(f"\\{letter}" if not letter.isalnum() else letter for letter in each) for each in addresses)
    return f"^({'|'.join(escaped)})$"
