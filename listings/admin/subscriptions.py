"""The admin of subscriptions: one page with everything about a plan, and buttons that each ask before they act."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path

from core.admin import ReadOnlyAdmin, admin_url, changelist_url
from listings.admin import given, money, subscription_page
from listings.admin.dollars import dollars
from listings.admin.subscription_actions import ACTIONS, fetch
from listings.billing import money as figures
from listings.billing.gateway_types import GatewayError
from listings.models import Subscription


class DisputeFilter(admin.SimpleListFilter):
    title = "dispute"
    parameter_name = "dispute"

    def lookups(self, request, model_admin):
        return [("answer", "to be answered"), ("open", "not decided")]

    def queryset(self, request, subscriptions):
        words = {"answer": figures.TO_ANSWER, "open": figures.UNDECIDED}.get(self.value() or "")
        return subscriptions.filter(dispute_status__in=words) if words else subscriptions


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = [
        "clinic",
        "payer",
        "plan_name",
        "status",
        "next_charge",
        "next_charge_on",
        "discount",
        "is_comp",
    ]
    list_filter = ["status", DisputeFilter, "is_comp", "is_paused", "ends_at_period_end", "price__plan"]
    list_select_related = ["listing__clinic", "account", "price__plan"]
    search_fields = [
        *(
            "listing__practice_name",
            "listing__clinic__name",
            "listings__clinic__name",
            "account__name",
            "account__email",
        ),
        *("gateway_id", "customer_id", "discount", "order__buyer__email", "order__buyer__username"),
    ]
    search_help_text = "Clinic, payer's name or e-mail; a coupon's code; the gateway's id of subscription or customer"
    actions = ["announce_current_price"]
    change_form_template = "admin/listings/subscription/change_form.html"
    change_list_template = "admin/listings/subscription/change_list.html"

    def get_fieldsets(self, request, subscription=None):
        return [(heading or None, {"fields": names}) for heading, names in subscription_page.SECTIONS.items()]

    def get_readonly_fields(self, request, subscription=None):
        return [name for names in subscription_page.SECTIONS.values() for name in names]

    def has_change_permission(self, request, obj=None):
        """No field can be changed; the permission allows the actions and the buttons."""
        return obj is None and admin.ModelAdmin.has_change_permission(self, request)

    def get_urls(self):
        def view(function):
            return self.admin_site.admin_view(function)

        return [
            path("money/", view(lambda request: money.money_home(request, self.admin_site)), name="listings_money"),
            path("give/", view(self.give), name="listings_subscription_give"),
            path("<int:pk>/act/<slug:name>/", view(self.act), name="listings_subscription_act"),
            *super().get_urls(),
        ]

    # The list

    @admin.display(description="clinic", ordering="listing__practice_name")
    def clinic(self, subscription):
        return str(subscription.listing)

    @admin.display(description="paid by", ordering="account__name")
    def payer(self, subscription):
        return str(subscription.account or "–")

    @admin.display(description="plan", ordering="price__plan")
    def plan_name(self, subscription):
        return subscription.plan.name

    @admin.display(description="next charge", ordering="next_charge_cents")
    def next_charge(self, subscription):
        return dollars(subscription.next_charge_cents, subscription.gateway_currency or "usd")

    def changelist_view(self, request, extra_context=None):
        can_give = self.has_change_permission(request)
        return super().changelist_view(request, {**(extra_context or {}), "can_give": can_give})

    @admin.action(description="Announce the current price, to be paid in 30 days", permissions=["change"])
    def announce_current_price(self, request, subscriptions):
        count = 0
        for subscription in subscriptions:
            try:
                _announce_current_price(subscription)
            except ValueError as error:
                self.message_user(request, f"{subscription}: {error}", messages.ERROR)
            else:
                self.log_change(request, subscription, "Announced the current price.")
                count += 1
        if count:
            self.message_user(request, f"Announced the current price: {count} of the chosen.", messages.SUCCESS)

    # The page of one

    def change_view(self, request, object_id, form_url="", extra_context=None):
        subscription = self.get_object(request, object_id)
        buttons = []
        if subscription is not None and self.has_change_permission(request):
            buttons = [(name, action.label) for name, action in ACTIONS.items() if action.offered(subscription)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "buttons": buttons})

    def act(self, request, pk, name):
        """A GET asks, a POST does it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        subscription = get_object_or_404(
            Subscription.objects.select_related("account", "listing", "price__plan"), pk=pk
        )
        action = ACTIONS.get(name)
        if action is None:
            raise Http404
        back = admin_url(subscription)
        if not action.offered(subscription):
            self.message_user(request, f"“{action.label}” is not possible for this plan now.", messages.ERROR)
            return HttpResponseRedirect(back)
        form = action.form(request.POST if request.method == "POST" else None, subscription=subscription)
        if form.is_valid():
            try:
                sentence = action.run(subscription, form, form.cleaned_data)
            except (GatewayError, ValueError) as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, subscription, sentence)
                self.message_user(request, sentence, messages.SUCCESS)
                if action.changes_gateway:
                    self.fetch(request, subscription)
                return HttpResponseRedirect(back)
        context = {"form": form, "subscription": subscription, "back": back, "explains": action.explains}
        context["also_pays"] = _others_of(subscription)
        return self.ask(request, action.label, context)

    def fetch(self, request, subscription):
        """What was done is done, whether or not the new state can be fetched already."""
        try:
            fetch(subscription)
        except GatewayError as error:
            sentence = f"The page shows the state before that: {error} The sweep fetches it within minutes."
            self.message_user(request, sentence, messages.WARNING)

    def give(self, request):
        """A plan for a partner, without charge."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = given.GiveForm(request.POST or None)
        if form.is_valid():
            try:
                subscription = form.give()
            except ValueError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, subscription, f"Given without charge: {form.cleaned_data['note']}")
                self.message_user(request, f"{subscription.listing} has the plan now.", messages.SUCCESS)
                return HttpResponseRedirect(admin_url(subscription))
        return self.ask(
            request, "Give a plan", {"form": form, "back": changelist_url(Subscription), "explains": given.EXPLAINS}
        )

    def ask(self, request, title: str, context: dict):
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, "admin/listings/subscription/act.html", context)


def _others_of(subscription: Subscription) -> list[str]:
    if subscription.account is None:
        return []
    others = subscription.account.subscriptions.open().exclude(pk=subscription.pk)
    return [str(each.listing) for each in others.select_related("listing__clinic")]


def _announce_current_price(subscription: Subscription) -> None:
    prices = [price for price in subscription.plan.prices_on() if price.interval == subscription.price.interval]
    if not prices or prices[0] == subscription.price:
        raise ValueError("It has the current price already.")
    subscription.announce_price(prices[0])
