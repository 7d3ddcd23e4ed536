"""The admin of plans: their texts, and prices typed in dollars. A price that binds us is shown, not edited."""

from django import forms
from django.contrib import admin

from core.forms import DollarsField
from listings.models import Plan, PlanPrice

LEAST_CENTS = 50  # the gateway charges no less


class PlanPriceForm(forms.ModelForm):
    amount_cents = DollarsField(least_cents=LEAST_CENTS, label="amount", help_text="in dollars")

    class Meta:
        model = PlanPrice
        fields = ["interval", "amount_cents", "starts_on"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if self.instance.pk and self.instance.why_frozen:
            for field in self.fields.values():
                field.disabled = True  # whatever is posted, the stored value stays


class PlanPriceInline(admin.TabularInline):
    """A price that was sold or announced cannot be changed: a newer row replaces it for new subscribers."""

    model = PlanPrice
    form = PlanPriceForm
    fields = ["interval", "amount_cents", "starts_on", "state"]
    readonly_fields = ["state"]
    extra = 0
    can_delete = False

    @admin.display(description="can it be changed?")
    def state(self, price):
        return (price.why_frozen if price.pk else "") or "Yes: nobody bought at it, and nobody was told."


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
