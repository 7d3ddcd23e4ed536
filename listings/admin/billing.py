"""The admin of plans and money. Prices can be edited; what was paid can be seen, never changed."""

from django.contrib import admin, messages

from core.admin import ReadOnlyAdmin, key_values, link
from listings.billing import gateway, sync
from listings.billing.gateway_types import GatewayError
from listings.models import LedgerEntry, Order, PaymentEvent, Plan, PlanPrice, Subscription


class PlanPriceInline(admin.TabularInline):
    """A price that was sold cannot be changed: a new row with a later start replaces it for new subscribers."""

    model = PlanPrice
    extra = 0
    can_delete = False


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    list_display = ["name", "current_prices", "clinics_per_unit", "is_offered"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [PlanPriceInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("prices")

    def get_readonly_fields(self, request, plan=None):
        return ["slug"] if plan else []

    def get_prepopulated_fields(self, request, plan=None):
        return {} if plan else self.prepopulated_fields

    @admin.display(description="prices now")
    def current_prices(self, plan):
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
    actions = ["sync_with_gateway", "end_and_refund", "announce_current_price"]

    def has_change_permission(self, request, obj=None):
        """No field can be changed; the permission allows the actions."""
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

    def _apply_each(self, request, subscriptions, action, done: str) -> None:
        count = 0
        for subscription in subscriptions:
            try:
                action(subscription)
                sync.sync_customer(subscription.customer_id)
            except (GatewayError, ValueError) as error:
                self.message_user(request, f"{subscription}: {error}", messages.ERROR)
            else:
                self.log_change(request, subscription, done)
                count += 1
        if count:
            self.message_user(request, f"{done} {count} of the chosen.", messages.SUCCESS)

    @admin.action(description="Fetch the current state from the gateway", permissions=["change"])
    def sync_with_gateway(self, request, subscriptions):
        self._apply_each(request, subscriptions, lambda subscription: None, "Fetched:")

    @admin.action(description="End now and refund the last payment", permissions=["change"])
    def end_and_refund(self, request, subscriptions):
        self._apply_each(request, subscriptions, _end_and_refund, "Ended and refunded:")

    @admin.action(description="Announce the current price, to be paid in 30 days", permissions=["change"])
    def announce_current_price(self, request, subscriptions):
        self._apply_each(request, subscriptions, _announce_current_price, "Announced the current price:")


def _end_and_refund(subscription: Subscription) -> None:
    sync.sync_customer(subscription.customer_id)  # so that the ledger has every payment
    kind = LedgerEntry.Kind.PAYMENT
    payment = LedgerEntry.objects.filter(charge_id=subscription.last_charge_id, kind=kind).first()
    if subscription.is_open_at_gateway:
        gateway.cancel_now(subscription)
    if payment is None or not payment.refundable_cents():
        raise ValueError("It has ended; there is nothing left to refund.")
    gateway.refund(payment, payment.refundable_cents())


def _announce_current_price(subscription: Subscription) -> None:
    prices = [price for price in subscription.plan.prices_on() if price.interval == subscription.price.interval]
    if not prices or prices[0] == subscription.price:
        raise ValueError("It has the current price already.")
    subscription.announce_price(prices[0])


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "listing", "price", "quantity", "buyer", "status", "created_at", "error"]
    list_filter = ["status"]
    list_select_related = ["listing__clinic", "price__plan", "buyer"]
    search_fields = ["id", "session_id", "buyer__email"]


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin):
    """The messages of the gateway. One that could not be applied shows why; every sweep tries it again."""

    list_display = ["id", "type", "received_at", "applied_at", "error"]
    list_filter = [("applied_at", admin.EmptyFieldListFilter), "livemode", "type"]
    search_fields = ["id", "type"]
    fields = ["id", "type", "livemode", "received_at", "applied_at", "error", "contents"]
    date_hierarchy = "received_at"

    @admin.display(description="contents")
    def contents(self, event):
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
