"""The admin of orders, messages of the gateway and the ledger: seen, never changed."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from core.admin import ReadOnlyAdmin, ReadOnlyInline, key_values, link
from listings.admin.dollars import dollars
from listings.admin.money import ledger_csv
from listings.billing import money
from listings.models import (
    BillingAccount,
    BillingDifference,
    ForeignEvent,
    LedgerEntry,
    OpeningBalance,
    Order,
    Payer,
    PaymentEvent,
)


class StandsFilter(admin.SimpleListFilter):
    title = "stands with an error"
    parameter_name = "stands"

    def lookups(self, request, model_admin):
        return [("error", "yes: somebody could not pay")]

    def queryset(self, request, orders):
        return orders.filter(pk__in=money.order_errors().values("pk")) if self.value() == "error" else orders


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "listing", "price", "quantity", "buyer", "status", "created_at", "errors"]
    list_filter = ["status", StandsFilter]
    list_select_related = ["listing__clinic", "price__plan", "buyer"]
    search_fields = ["id", "session_id", "buyer__email", "listing__practice_name", "listing__clinic__name"]

    @admin.display(description="error", ordering="error")
    def errors(self, order):
        return order.error_for_operator or order.error


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin):
    """The messages of the gateway. One that could not be applied shows why; every sweep tries it again."""

    list_display = ["id", "type", "received_at", "applied_at", "error"]
    list_filter = [("applied_at", admin.EmptyFieldListFilter), "livemode", "type"]
    search_fields = ["id", "type"]
    fields = ["id", "type", "livemode", "received_at", "applied_at", "stripped_at", "error", "contents"]
    date_hierarchy = "received_at"

    @admin.display(description="contents")
    def contents(self, event):
        return key_values(event.object)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = [
        "happened_at",
        "kind",
        "listing_name",
        "dollars",
        "tax",
        "fee",
        "invoice_number",
        "charge_id",
        "livemode",
    ]
    list_filter = ["kind", "livemode", "currency"]
    search_fields = ["listing_name", "invoice_number", "gateway_id", "charge_id", "customer_id"]
    search_help_text = "Clinic, invoice number; the gateway's id of movement, charge or customer"
    date_hierarchy = "happened_at"
    actions = ["export_month"]

    def get_urls(self):
        return [
            path("export/", self.admin_site.admin_view(ledger_csv), name="listings_ledger_export"),
            *super().get_urls(),
        ]

    @admin.action(description="Export the month of the chosen one as CSV", permissions=["view"])
    def export_month(self, request, entries):
        month = timezone.localtime(entries.latest("happened_at").happened_at)
        return HttpResponseRedirect(reverse("admin:listings_ledger_export", query={"month": f"{month:%Y-%m}"}))

    @admin.display(description="of it tax", ordering="tax_cents")
    def tax(self, entry):
        return dollars(entry.tax_cents, entry.currency)

    @admin.display(description="amount", ordering="amount_cents")
    def dollars(self, entry):
        return dollars(entry.amount_cents, entry.currency)

    @admin.display(description="fee", ordering="fee_cents")
    def fee(self, entry):
        return dollars(entry.fee_cents, entry.currency)


@admin.register(BillingDifference)
class BillingDifferenceAdmin(ReadOnlyAdmin):
    """Where the gateway and the site differ. A row is closed by itself when the difference is gone."""

    list_display = ["found_at", "kind", "sentence", "plan", "last_seen_at", "resolved_at"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "kind"]
    list_select_related = ["subscription__listing__clinic"]
    search_fields = ["sentence", "gateway_id"]

    @admin.display(description="plan of", ordering="subscription")
    def plan(self, difference):
        return link(difference.subscription, str(difference.subscription.listing)) if difference.subscription else "–"


class PayerInline(ReadOnlyInline):
    model = Payer
    fields = ["user", "created_at"]
    show_change_link = False


@admin.register(BillingAccount)
class BillingAccountAdmin(ReadOnlyAdmin):
    """Who pays. Payers change on the page of a subscription, contacts on the owner's own page."""

    list_display = ["__str__", "email", "collection", "po_number", "customer_id", "synced_at"]
    list_filter = ["collection", "livemode"]
    search_fields = ["name", "email", "customer_id", "po_number", "payers__user__email"]
    inlines = [PayerInline]


@admin.register(OpeningBalance)
class OpeningBalanceAdmin(ReadOnlyAdmin):
    """Written by `manage.py reconcile_payments --open`."""

    list_display = ["opened_at", "currency", "amount", "livemode"]

    @admin.display(description="amount", ordering="amount_cents")
    def amount(self, opening):
        return dollars(opening.amount_cents, opening.currency)


@admin.register(ForeignEvent)
class ForeignEventAdmin(ReadOnlyAdmin):
    """Messages about other business of the same account: counted, and nothing of them kept."""

    list_display = ["day", "type", "count"]
    list_filter = ["type"]
    date_hierarchy = "day"
