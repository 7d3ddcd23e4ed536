from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.forms import OneLineField
from listings.billing.bills import per_interval
from listings.models import BillingAccount, Listing, Membership, Order, Plan, PlanPrice, Subscription

PO_LENGTH = 30  # of a purchase order number, as much as the gateway prints on an invoice


class PriceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own class takes no type
    def label_from_instance(self, price: PlanPrice) -> str:
        amount = per_interval(price.amount_cents, price.interval, price.currency)
        terms: dict[str, object] = {"plan": price.plan.shown_name, "amount": amount}
        if price.plan.clinics_per_unit > 1:
            terms["clinics"] = price.plan.clinics_per_unit
            return _("%(plan)s, %(amount)s for every %(clinics)s clinics") % terms
        return _("%(plan)s, %(amount)s") % terms


class PriceForm(forms.Form):
    """Which plan, and for how many clinics. The amount always comes from the row of the price."""

    price = PriceField(PlanPrice.objects.none(), label=_("Plan"), widget=forms.RadioSelect, empty_label=None)
    quantity = forms.IntegerField(initial=1, min_value=1, max_value=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for_sale = [price.pk for plan in Plan.objects.offered() for price in plan.prices_on()]
        prices = PlanPrice.objects.filter(pk__in=for_sale).select_related("plan")
        field = self.fields["price"]
        if isinstance(field, PriceField):
            field.queryset = prices.order_by("plan__position", "amount_cents")
        clinics = {"count": max((price.plan.clinics_per_unit for price in prices), default=1)}
        self.fields["quantity"].label = _("How many times %(count)s clinics") % clinics
        self.fields["quantity"].help_text = _("Only for a group: 1 covers up to %(count)s clinics.") % clinics
        if clinics["count"] == 1:
            del self.fields["quantity"]

    def clean(self) -> dict[str, Any]:
        price = self.cleaned_data.get("price")
        is_group = price is not None and price.plan.clinics_per_unit > 1
        self.cleaned_data["quantity"] = (self.cleaned_data.get("quantity") or 1) if is_group else 1
        return self.cleaned_data


class OrderForm(PriceForm):
    """A plan, and how it is paid."""

    pays_by = forms.ChoiceField(
        label=_("How do you want to pay?"),
        choices=Order.PaysBy.choices,
        initial=Order.PaysBy.CARD,
        widget=forms.RadioSelect,
        required=False,
    )
    name = OneLineField(
        label=_("Name of the organization on the invoice"),
        max_length=200,
        required=False,
        help_text=_("Only if you pay by invoice."),
    )
    po_number = OneLineField(
        label=_("Your purchase order number, if you have one"),
        max_length=PO_LENGTH,
        required=False,
        help_text=_("Only if you pay by invoice. Every invoice shows it."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["pays_by"] = cleaned.get("pays_by") or Order.PaysBy.CARD
        if cleaned["pays_by"] == Order.PaysBy.INVOICE and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Whom should the invoice name? Your accounting office needs it."))
        return cleaned

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        names = ("price", "quantity", "pays_by", "name", "po_number", "terms")
        helper.layout = Layout(*(name for name in names if name in self.fields), Submit("order", _("Continue")))
        return helper


class ChangeForm(PriceForm):
    """Another plan, another interval or more clinics for a plan that is paid already."""

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any):
        self.subscription = subscription
        initial = {"price": subscription.price_id, "quantity": subscription.quantity}
        super().__init__(*args, initial=initial, **kwargs)
        field = self.fields["price"]
        if isinstance(field, PriceField) and field.queryset is not None:
            field.queryset = field.queryset.filter(currency=subscription.price.currency)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        price, subscription = cleaned.get("price"), self.subscription
        if price is None or self.errors:
            return cleaned
        covered, room = subscription.listings.count(), price.plan.clinics_per_unit * cleaned["quantity"]
        if covered > room:
            sentence = _(
                "This covers %(room)s clinics, and your plan covers %(covered)s now. Choose more, or take clinics out "
                "of the plan first."
            )
            raise forms.ValidationError(sentence % {"room": room, "covered": covered})
        if (price.pk, cleaned["quantity"]) == (subscription.price_id, subscription.quantity):
            raise forms.ValidationError(_("This is the plan that you have now."))
        return cleaned


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no type
    """Who is named on invoices, and where receipts go."""

    name = OneLineField(label=_("Name of the organization or person on invoices"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail address for receipts and invoices"))
    po_number = OneLineField(label=_("Purchase order number"), max_length=PO_LENGTH, required=False)

    class Meta:
        model = BillingAccount
        fields = ("name", "email", "po_number")

    def save(self, commit: bool = True) -> BillingAccount:
        account: BillingAccount = self.instance
        if self.has_changed():
            account.email_sent_to_gateway = ""  # the gateway is to be told
        account.save(update_fields=[*self.fields, "email_sent_to_gateway"])
        return account


class PayerForm(forms.Form):
    """Another owner of a clinic of this account; the clean value of `email` is that person."""

    email = forms.EmailField(label=_("E-mail address of another owner"))

    def __init__(self, *args: Any, account: BillingAccount, **kwargs: Any):
        self.account = account
        super().__init__(*args, **kwargs)

    def clean_email(self) -> User:
        plans = self.account.subscriptions.all()
        listings = Listing.objects.filter(Q(subscription__in=plans) | Q(pk__in=plans.values("listing")))
        members = Membership.objects.filter(listing__in=listings, role=Membership.Role.OWNER, user__is_active=True)
        member = members.filter(user__email__iexact=self.cleaned_data["email"]).select_related("user").first()
        if member is None:
            raise forms.ValidationError(
                _(
                    "Nobody with this address is an owner of one of these clinics. Invite them there first, as an "
                    "owner."
                )
            )
        return member.user
