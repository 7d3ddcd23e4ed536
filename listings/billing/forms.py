from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from listings.models import Plan, PlanPrice


class PriceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own class takes no type
    def label_from_instance(self, price: PlanPrice) -> str:
        terms: dict[str, object] = {
            "plan": price.plan,
            "amount": f"${price.amount:,.2f}",
            "interval": price.get_interval_display(),
        }
        if price.plan.clinics_per_unit > 1:
            terms["clinics"] = price.plan.clinics_per_unit
            return _("%(plan)s, %(amount)s a %(interval)s for every %(clinics)s clinics") % terms
        return _("%(plan)s, %(amount)s a %(interval)s") % terms


class OrderForm(forms.Form):
    """Which plan, and for how many clinics. The amount always comes from the row of the price."""

    price = PriceField(PlanPrice.objects.none(), label=_("Plan"), widget=forms.RadioSelect, empty_label=None)
    quantity = forms.IntegerField(
        initial=1,
        min_value=1,
        max_value=100,
        required=False,
    )

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

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        fields = [name for name in ("price", "quantity") if name in self.fields]
        helper.layout = Layout(*fields, Submit("order", _("Continue")))
        return helper
