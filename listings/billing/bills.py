"""What a person sees of the plans that they pay or may end: clinics, cost, next charge, receipts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from listings.billing import statuses
from listings.billing.amounts import amount_text
from listings.models import BillingAccount, LedgerEntry, Listing, Membership, Subscription
from listings.models.listing import OBJECTION_DAYS

RECEIPT_KINDS = (LedgerEntry.Kind.PAYMENT, LedgerEntry.Kind.REFUND, LedgerEntry.Kind.REFUND_FAILED)


def plans_of(user: User) -> QuerySet[Subscription]:
    """Every plan that `user` pays, whatever their role elsewhere, and those bought for a listing that they own."""
    mine = Q(account__in=BillingAccount.objects.of(user))
    mine |= Q(listing__in=Listing.objects.of(user, Membership.Role.OWNER))
    rows = Subscription.objects.filter(mine).exclude(status=Subscription.Status.UNPAID, is_open_at_gateway=False)
    return rows.select_related("account", "listing__clinic", "price__plan", "next_price").distinct()


def present_plan(listing: Listing) -> Subscription | None:
    """The plan because of which another one cannot be bought now, such as one that waits for a bank; else the last."""
    plans = [listing.subscription, *listing.subscriptions.select_related("account", "price__plan").order_by("-pk")]
    return next((plan for plan in plans if plan and "buy" not in plan.state.offers), listing.subscription)


def receipts_of(account: BillingAccount, subscription: Subscription | None = None) -> QuerySet[LedgerEntry]:
    """Payments and refunds of an account, or of one of its plans; the newest first.

    Entries from before plans were written on them are found by the customer, and belong to no plan.
    """
    if subscription is not None:
        return LedgerEntry.objects.filter(subscription=subscription, kind__in=RECEIPT_KINDS)
    own = Q(subscription__account=account)
    if account.customer_id:
        own |= Q(subscription=None, customer_id=account.customer_id)
    return LedgerEntry.objects.filter(own, kind__in=RECEIPT_KINDS)


def being_ended() -> str:
    return _("The plan is being ended, and nothing more is charged. You get a mail once that is done.")


def per_interval(cents: int, interval: str, currency: str = "usd") -> str:
    """$490.00 a year."""
    amount = {"amount": amount_text(cents, currency)}
    return _("%(amount)s a year") % amount if interval == "year" else _("%(amount)s a month") % amount


@dataclass(frozen=True)
class Bill:
    """One plan, as one person sees it."""

    subscription: Subscription
    is_payer: bool
    owned: frozenset[int] = frozenset()  # the listings of which this person is an owner
    waits: frozenset[int] = frozenset()  # those of them that they began to own beside others a few days ago

    @property
    def may_end(self) -> bool:
        return self.is_payer or (self.subscription.listing_id in self.owned and not self.waits_as_owner)

    @property
    def waits_as_owner(self) -> bool:
        """Whether this person is too new an owner to end what others pay."""
        return not self.is_payer and self.subscription.listing_id in self.waits

    @property
    def clinics(self) -> list[Listing]:
        """Those that it covers now, as far as they concern this person; without any the one it was bought for."""
        covered = self.subscription.listings.select_related("clinic")
        if not self.is_payer:  # which others the payer has is theirs to know
            covered = covered.filter(pk__in=self.owned)
        return list(covered) or [self.subscription.listing or self.subscription.order.listing]

    @property
    def says(self) -> str:
        if self.is_being_ended:
            return being_ended()
        if self.subscription.state is statuses.ENDING and self.owed:
            return _("The plan ends with this period. Of its open invoice, %(amount)s is still to be paid.") % {
                "amount": self.owed
            }
        return str(self.subscription.state.says)

    @property
    def owed(self) -> str:
        """Of an open invoice; "" if nothing is."""
        cents = self.subscription.owed_cents
        return amount_text(cents, self.currency) if cents else ""

    @property
    def is_being_ended(self) -> bool:
        """Whether it shall end and the gateway has not confirmed that yet."""
        return self.subscription.end_wanted_at is not None and self.subscription.end_done_at is None

    @property
    def until(self) -> str:
        """The day until which it gives the extras, where it does not simply go on; else ""."""
        subscription = self.subscription
        is_ending = subscription.ends_at_period_end or subscription.is_comp or self.is_failing
        until = subscription.paid_until
        return date_format(until) if until and is_ending and subscription.is_paid else ""

    @property
    def is_failing(self) -> bool:
        return self.subscription.status == Subscription.Status.PAST_DUE

    @property
    def offers(self) -> tuple[str, ...]:
        """What this person may do now: whatever can charge a card is for its payers, ending is for every owner."""
        offered = () if self.is_being_ended else self.subscription.state.offers
        if self.is_payer:
            return offered
        return tuple(each for each in offered if self.may_end and each in ("end", "buy", "contact"))

    @property
    def url(self) -> str:
        """The page that shows it to this person."""
        if self.is_payer:
            return reverse("listings:billing_account", args=[self.subscription.account_id])
        return reverse("listings:billing", args=[self.subscription.listing_id])

    @property
    def is_current(self) -> bool:
        """Whether it still gives or charges something."""
        return self.subscription.is_open_at_gateway or self.subscription.is_paid

    @property
    def needs_action(self) -> bool:
        """Whether it goes wrong unless somebody pays or answers."""
        return not self.is_being_ended and bool({"settle", "pay"} & set(self.subscription.state.offers))

    @property
    def open_invoice_url(self) -> str:
        """The gateway's page on which an open invoice can be paid; only for payers."""
        return self.subscription.open_invoice_url if self.is_payer and self.needs_action else ""

    @property
    def ends_later(self) -> bool:
        """Whether ending it leaves what is paid until the end of the period; an invoice may be unpaid still."""
        subscription = self.subscription
        is_settled = not subscription.owed_cents and not subscription.owes_first_invoice
        return subscription.status == Subscription.Status.ACTIVE and subscription.is_paid and is_settled

    @property
    def currency(self) -> str:
        return self.subscription.gateway_currency or self.subscription.price.currency

    @property
    def interval(self) -> str:
        return self.subscription.gateway_interval or self.subscription.price.interval

    @property
    def unit_cents(self) -> int:
        """As the gateway charges it: after a price change or a fault there it is not our price."""
        known = self.subscription.gateway_unit_amount_cents
        return self.subscription.price.amount_cents if known is None else known

    @property
    def quantity(self) -> int:
        return self.subscription.gateway_quantity or self.subscription.quantity

    @property
    def price_text(self) -> str:
        """$49.00 a month; of several times ten clinics with the price of each."""
        if self.subscription.is_comp:
            return _("given without charge")
        total = per_interval(self.unit_cents * self.quantity, self.interval, self.currency)
        unit = amount_text(self.unit_cents, self.currency)
        return total if self.quantity == 1 else f"{self.quantity} × {unit} = {total}"

    @property
    def next_charge(self) -> str:
        """What is charged next, less the discount and before tax, and when; "" if the gateway has not said yet."""
        subscription = self.subscription
        if subscription.next_charge_cents is None or not subscription.is_open_at_gateway:
            return "" if self.renews else _("Nothing more is charged.")
        amount = amount_text(subscription.next_charge_cents, self.currency)
        if subscription.next_charge_on is None:
            return amount
        facts = {"amount": amount, "day": date_format(subscription.next_charge_on)}
        if subscription.collection == "invoice":
            return _("%(amount)s on %(day)s, by invoice") % facts
        return _("%(amount)s on %(day)s") % facts

    @property
    def renews(self) -> bool:
        subscription = self.subscription
        is_ending = subscription.ends_at_period_end or subscription.end_wanted_at is not None
        return subscription.is_open_at_gateway and not is_ending

    @property
    def announced_amount(self) -> str:
        """The next price, for all clinics of the plan; "" if none was announced."""
        price = self.subscription.next_price
        return per_interval(price.amount_cents * self.quantity, price.interval, price.currency) if price else ""

    @property
    def announced(self) -> str:
        day = self.subscription.next_price_from
        if not self.announced_amount or day is None:
            return ""
        return _("From %(day)s the price is %(amount)s.") % {"day": date_format(day), "amount": self.announced_amount}


def bills_of(user: User, subscriptions: Iterable[Subscription]) -> list[Bill]:
    paid = set(BillingAccount.objects.of(user).values_list("pk", flat=True))
    owned = frozenset(Listing.objects.of(user, Membership.Role.OWNER).values_list("pk", flat=True))
    new = Membership.objects.filter(user=user, owner_since__gt=timezone.now() - timedelta(days=OBJECTION_DAYS))
    waits = frozenset(each.listing_id for each in new.select_related("listing", "user") if each.waits_until)
    return [Bill(each, each.account_id in paid, owned, waits) for each in subscriptions]
