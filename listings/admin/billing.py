"""The admin of plans and money. Prices are edited; what was paid is seen, never rewritten."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect

from core.admin import ReadOnlyAdmin, admin_url, key_values, link
from listings.billing import gateway, sync
from listings.billing.gateway_types import GatewayError
from listings.emails.owners import notify_status
from listings.models import LedgerEntry, Listing, Mail, Membership, Order, PaymentEvent, Plan, PlanPrice, Subscription


class PlanPriceInline(admin.TabularInline):
    """A price that was sold is closed for changes: a new row with a later start replaces it for new subscribers."""

    model = PlanPrice
    extra = 0
    can_delete = False


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    list_display = ["name", "present_prices", "clinics_per_unit", "is_offered"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [PlanPriceInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("prices")

    def get_readonly_fields(self, request, plan=None):
        return ["slug"] if plan else []

    def get_prepopulated_fields(self, request, plan=None):
        return {} if plan else self.prepopulated_fields

    @admin.display(description="prices now")
    def present_prices(self, plan):
        prices = plan.prices_on()
        return ", ".join(f"${price.amount:,.2f} a {price.get_interval_display()}" for price in prices) or "free"


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = [
        "buyer_name",
        "plan_name",
        "status",
        "period_end",
        "ends_at_period_end",
        "past_due_since",
        "covers",
    ]
    list_filter = ["status", "ends_at_period_end", "price__plan"]
    list_select_related = ["order__buyer", "order__listing", "price__plan"]
    search_fields = ["gateway_id", "customer_id", "order__buyer__email", "order__buyer__username"]
    search_help_text = "Buyer's name or e-mail; the gateway's id of subscription or customer"
    actions = ["ask_the_gateway", "end_and_refund", "announce_present_price"]

    def has_change_permission(self, request, obj=None):
        """No field can be changed; the permission is that of the actions."""
        return obj is None and admin.ModelAdmin.has_change_permission(self, request)

    @admin.display(description="buyer", ordering="order__buyer__email")
    def buyer_name(self, subscription):
        return subscription.buyer.email or str(subscription.buyer)

    @admin.display(description="plan", ordering="price__plan")
    def plan_name(self, subscription):
        return subscription.plan.name

    @admin.display(description="for")
    def covers(self, subscription):
        return link(subscription.order.listing)

    def _each(self, request, subscriptions, act, done: str) -> None:
        count = 0
        for subscription in subscriptions:
            try:
                act(subscription)
                sync.sync_customer(subscription.customer_id)
            except (GatewayError, ValueError) as error:
                self.message_user(request, f"{subscription}: {error}", messages.ERROR)
            else:
                self.log_change(request, subscription, done)
                count += 1
        if count:
            self.message_user(request, f"{done} {count} of the chosen.", messages.SUCCESS)

    @admin.action(description="Ask the gateway what is so", permissions=["change"])
    def ask_the_gateway(self, request, subscriptions):
        self._each(request, subscriptions, lambda subscription: None, "Asked the gateway:")

    @admin.action(description="End now and refund the last payment", permissions=["change"])
    def end_and_refund(self, request, subscriptions):
        self._each(request, subscriptions, _end_and_refund, "Ended and refunded:")

    @admin.action(description="Tell of the present price, to be paid in 30 days", permissions=["change"])
    def announce_present_price(self, request, subscriptions):
        self._each(request, subscriptions, _announce_present_price, "Told of the present price:")


def _end_and_refund(subscription: Subscription) -> None:
    sync.sync_customer(subscription.customer_id)  # so that the ledger knows what there is to refund
    kind = LedgerEntry.Kind.PAYMENT
    payment = LedgerEntry.objects.filter(charge_id=subscription.last_charge_id, kind=kind).first()
    if subscription.is_open_at_gateway:
        gateway.cancel_now(subscription)
    if payment is None or not payment.refundable_cents():
        raise ValueError("It was ended; there is nothing left to refund.")
    gateway.refund(payment, payment.refundable_cents())


def _announce_present_price(subscription: Subscription) -> None:
    prices = [price for price in subscription.plan.prices_on() if price.interval == subscription.price.interval]
    if not prices or prices[0] == subscription.price:
        raise ValueError("It has the present price already.")
    subscription.announce_price(prices[0])


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "listing", "price", "quantity", "buyer", "status", "created_at", "error"]
    list_filter = ["status"]
    list_select_related = ["listing__clinic", "price__plan", "buyer"]
    search_fields = ["id", "session_id", "buyer__email"]


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin):
    """What the gateway told. What could not be applied shows why, and is tried again by every sweep."""

    list_display = ["id", "type", "received_at", "applied_at", "error"]
    list_filter = [("applied_at", admin.EmptyFieldListFilter), "livemode", "type"]
    search_fields = ["id", "type"]
    fields = ["id", "type", "livemode", "received_at", "applied_at", "error", "told"]
    date_hierarchy = "received_at"

    @admin.display(description="what it told")
    def told(self, event):
        return key_values(event.object)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ["happened_at", "kind", "dollars", "fee", "currency", "charge_id", "customer_id", "livemode"]
    list_filter = ["kind", "livemode", "currency"]
    search_fields = ["gateway_id", "charge_id", "customer_id"]
    date_hierarchy = "happened_at"

    @admin.display(description="amount", ordering="amount_cents")
    def dollars(self, entry):
        return f"{entry.amount:,.2f}"

    @admin.display(description="fee", ordering="fee_cents")
    def fee(self, entry):
        return f"{entry.fee_cents / 100:,.2f}"


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Claimed but not sent: its worker died in between, and nobody knows whether it left. It is not sent again."""

    list_display = ["template", "to", "created_at", "claimed_at", "sent_at", "error"]
    list_filter = ["template", ("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["to", "key"]


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Listing)
class ListingAdmin(admin.ModelAdmin):
    list_display = ["__str__", "status", "status_changed_at", "subscription"]
    list_filter = ["status"]
    list_select_related = ["clinic", "subscription__price__plan"]
    search_fields = ["practice_name", "clinic__name"]
    raw_id_fields = ["clinic"]
    readonly_fields = ["status", "status_reason", "status_changed_at", "subscription"]
    inlines = [MembershipInline]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method == "POST" and "move" in request.POST:
            return self.move(request, object_id)
        listing = self.get_object(request, object_id)
        moves = MOVES.get(listing.status, {}) if listing else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "moves": moves})

    def move(self, request, object_id):
        """To another state, by a button, with the reason that its owners are told."""
        listing = self.get_object(request, object_id)
        if listing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, listing):
            raise PermissionDenied
        move, reason = request.POST["move"], request.POST.get("reason", "").strip()[:500]
        try:
            with transaction.atomic():
                _move(listing, move, reason)
                notify_status(request, listing, reason)
        except ValueError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            sentence = f"{MOVES_IN_WORDS[move]}. {reason}".strip()
            self.log_change(request, listing, sentence)
            self.message_user(request, f"{listing}: {sentence}", messages.SUCCESS)
        return HttpResponseRedirect(admin_url(listing))


MOVES_IN_WORDS = {"suspend": "Suspended", "reinstate": "Live again", "close": "Closed", "reopen": "Opened again"}
_STOPPING = {"suspend": "Suspend", "close": "Close: the practice has closed"}
MOVES = {  # the buttons of each state
    Listing.Status.LIVE: _STOPPING,
    Listing.Status.NEEDS_CONFIRMATION: _STOPPING,
    Listing.Status.SUSPENDED: {"reinstate": "End the suspension", "close": _STOPPING["close"]},
    Listing.Status.CLOSED: {"reopen": "Open it again"},
}


def _move(listing: Listing, move: str, reason: str) -> None:
    if move not in MOVES.get(listing.status, {}):
        raise ValueError(f"{listing} is {listing.get_status_display()} now; choose again.")
    if move in _STOPPING and not reason:
        raise ValueError("Write the reason: it is mailed to the owners.")
    {
        "suspend": lambda: listing.suspend(reason),
        "reinstate": listing.reinstate,
        "close": lambda: listing.close(reason),
        "reopen": listing.reopen,
    }[move]()
