"""The buttons of a subscription: for each its form, when it is offered, what it does, and what is said before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.crypto import get_random_string

from core.forms import DollarsField
from listings.admin.dollars import dollars
from listings.billing import desk, endings, gateway, statuses, sync
from listings.billing.gateway_types import GatewayError
from listings.models import BillingAccount, LedgerEntry, Subscription

Cleaned = dict[str, Any]


def new_nonce() -> str:
    return get_random_string(20)


class ActionForm(forms.Form):
    """Each form knows the subscription that it is about."""

    def __init__(self, *args, subscription: Subscription, **options):
        super().__init__(*args, **options)
        self.subscription = subscription
        self.prepare()

    def prepare(self) -> None:
        """Fill in the choices that depend on the subscription."""

    def set_choices(self, name: str, choices: list[tuple[int, str]]) -> None:
        cast("forms.TypedChoiceField", self.fields[name]).choices = choices


def payments_of(subscription: Subscription) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(subscription=subscription, kind=LedgerEntry.Kind.PAYMENT))


def _choice(entry: LedgerEntry, text: str) -> tuple[int, str]:
    number = f", {entry.invoice_number}" if entry.invoice_number else ""
    return entry.pk, f"{entry.happened_at:%Y-%m-%d}{number}: {text}"


class RefundForm(ActionForm):
    payment = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect)
    amount_cents = DollarsField(label="amount", least_cents=1, help_text="in dollars, at most what is left of it")

    def prepare(self):
        left = [(entry, entry.refundable_cents()) for entry in payments_of(self.subscription)]
        self.payments = {entry.pk: (entry, cents) for entry, cents in left if cents > 0}
        self.set_choices(
            "payment",
            [
                _choice(entry, f"{dollars(entry.amount_cents, entry.currency)}, {dollars(cents, entry.currency)} left")
                for entry, cents in self.payments.values()
            ],
        )
        if len(self.payments) == 1:
            self.fields["payment"].initial = next(iter(self.payments))

    def clean(self):
        data = super().clean() or {}
        if data.get("payment") in self.payments:
            _, left = self.payments[data["payment"]]
            if (data.get("amount_cents") or 0) > left:
                self.add_error("amount_cents", f"Of this payment {dollars(left)} is left.")
        return data


class EndForm(ActionForm):
    refund = forms.ChoiceField(label="give back", choices=Subscription.RefundWanted.choices, widget=forms.RadioSelect)


class CreditForm(ActionForm):
    amount_cents = DollarsField(label="amount", least_cents=1, help_text="in dollars; taken off the next invoices")
    note = forms.CharField(max_length=200, help_text="why; it is on the account at the gateway")
    # One for each time that the form is opened: pressed twice, or again after a cut off answer, it credits once.
    nonce = forms.CharField(max_length=40, widget=forms.HiddenInput, initial=new_nonce)


class ListingForm(ActionForm):
    listing = forms.CharField(
        max_length=200, label="the clinic", help_text="number of its listing, or part of its name"
    )

    def clean_listing(self):
        try:
            return desk.listing_named(self.cleaned_data["listing"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class PayerForm(ActionForm):
    user = forms.EmailField(label="e-mail address of their account here")
    keeps_others = forms.BooleanField(required=False, label="who pays now may go on seeing and ending it")

    def clean_user(self):
        try:
            return desk.user_with(self.cleaned_data["user"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ReceiptForm(ActionForm):
    entry = forms.TypedChoiceField(label="receipt", coerce=int, widget=forms.RadioSelect)

    def prepare(self):
        kinds = [LedgerEntry.Kind.PAYMENT, LedgerEntry.Kind.REFUND]
        self.entries = {
            entry.pk: entry for entry in LedgerEntry.objects.filter(subscription=self.subscription, kind__in=kinds)
        }
        self.set_choices(
            "entry",
            [
                _choice(entry, f"{entry.get_kind_display()} {dollars(entry.amount_cents, entry.currency)}")
                for entry in self.entries.values()
            ],
        )


# What they do. Each returns a sentence, or raises ValueError or GatewayError with one; nothing was changed then.


def _refund(subscription: Subscription, form: RefundForm, data: Cleaned) -> str:
    entry, _ = form.payments[data["payment"]]
    gateway.refund(entry, data["amount_cents"])
    return f"Refunded {dollars(data['amount_cents'], entry.currency)}."


def _end(subscription: Subscription, form: EndForm, data: Cleaned) -> str:
    subscription.want_end(Subscription.EndReason.OPERATOR, data["refund"])
    endings.finish_endings()
    subscription.refresh_from_db()
    if subscription.end_done_at is None:
        return "It shall end; the gateway has not confirmed it yet. A job tries again every few minutes."
    return f"Ended; given back: {subscription.get_refund_wanted_display()}."


def _account(subscription: Subscription) -> BillingAccount:
    """Raises ValueError with a sentence if nobody pays it."""
    if subscription.account is None:
        raise ValueError("No account pays this plan.")
    return subscription.account


def _credit(subscription: Subscription, form: CreditForm, data: Cleaned) -> str:
    gateway.credit(_account(subscription), data["amount_cents"], data["note"], nonce=data["nonce"])
    return f"Credited {dollars(data['amount_cents'])}: {data['note']}"


def _pause(subscription: Subscription, form: ActionForm, data: Cleaned) -> str:
    gateway.pause(subscription, "operator")
    return "Paused."


def _resume(subscription: Subscription, form: ActionForm, data: Cleaned) -> str:
    gateway.resume(subscription)
    return "Resumed."


def _move_to_listing(subscription: Subscription, form: ListingForm, data: Cleaned) -> str:
    former = subscription.listing
    subscription.move_to(data["listing"])
    return f"Moved from {former} to {data['listing']}."


def _move_to_payer(subscription: Subscription, form: PayerForm, data: Cleaned) -> str:
    account = _account(subscription)
    desk.move_to_payer(account, data["user"], keeps_others=data["keeps_others"])
    sentence = f"The payer is {data['user'].email} now."
    try:
        gateway.update_customer(account)
    except GatewayError as error:
        return f"{sentence} The gateway still mails the former one: {error} Press this button again later."
    return sentence


def _resend(subscription: Subscription, form: ReceiptForm, data: Cleaned) -> str:
    to = desk.resend_receipt(subscription, form.entries[data["entry"]])
    return f"A mail to {to} is on its way."


def _fetch(subscription: Subscription, *_) -> str:
    fetch(subscription)
    return "Fetched."


def fetch(subscription: Subscription) -> None:
    """Write its present state, and do what follows from it. Raises GatewayError."""
    sync.sync_customer(subscription.customer_id)
    endings.follow(subscription.customer_id)
    subscription.refresh_from_db()


@dataclass(frozen=True)
class Action:
    label: str  # of the button
    explains: str  # what will happen
    run: Callable[[Subscription, Any, Cleaned], str]
    offered: Callable[[Subscription], bool]
    form: type[ActionForm] = ActionForm
    changes_gateway: bool = False  # the present state is fetched afterwards


def _is_paid_for(subscription: Subscription) -> bool:
    return not subscription.is_comp


def _is_open(subscription: Subscription) -> bool:
    return subscription.is_open_at_gateway and not subscription.is_comp


OPEN_DISPUTES = {word for word, what in statuses.DISPUTES.items() if what == statuses.OPEN}
ACTIONS: dict[str, Action] = {
    "refund": Action(
        "Refund a part",
        "The amount goes back to the card, and the payer gets a receipt. The plan goes on, unless all of its last "
        "invoice is refunded: then it ends.",
        _refund,
        _is_paid_for,
        RefundForm,
        changes_gateway=True,
    ),
    "end": Action(
        "End it now",
        "Renewals and retries stop at once and the listing becomes a free one. The payer gets a mail that says what "
        "was done.",
        _end,
        lambda each: (each.is_open_at_gateway or each.is_comp) and each.end_done_at is None,
        EndForm,
    ),
    "credit": Action(
        "Credit",
        "The amount is taken off the next invoices of this account. No money moves now.",
        _credit,
        _is_open,
        CreditForm,
        changes_gateway=True,
    ),
    "pause": Action(
        "Pause",
        "Nothing is charged until you resume it, and the listing is shown as a free one meanwhile.",
        _pause,
        lambda each: _is_open(each) and not each.is_paused and each.status != Subscription.Status.WAITING,
        changes_gateway=True,
    ),
    "resume": Action(
        "Resume",
        "It is charged again from its next period on, and the extras come back.",
        _resume,
        lambda each: _is_open(each) and each.is_paused and each.dispute_status not in OPEN_DISPUTES,
        changes_gateway=True,
    ),
    "clinic": Action(
        "Move to another clinic",
        "The plan goes on for the other clinic; the present one becomes a free one. Nothing is charged or refunded.",
        _move_to_listing,
        lambda each: each.is_open_at_gateway or each.is_comp,
        ListingForm,
    ),
    "payer": Action(
        "Move to another payer",
        "Another person sees and ends all plans of this account and gets its mail. Card and receipts stay with the "
        "account until they change the card.",
        _move_to_payer,
        lambda each: _is_open(each) and each.account is not None,
        PayerForm,
    ),
    "receipt": Action(
        "Send a receipt again",
        "The mail goes to the billing contact of the account.",
        _resend,
        _is_paid_for,
        ReceiptForm,
    ),
    "fetch": Action("Fetch", "Asks the gateway for the present state and writes it here.", _fetch, _is_paid_for),
}
