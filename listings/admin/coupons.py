"""Coupons in the admin: stored first, then made at the gateway; what it refuses stays here with its sentence."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.utils.html import format_html

from core.admin import admin_url, changelist_url
from core.forms import DollarsField
from listings.billing import gateway
from listings.billing.gateway_types import GatewayError
from listings.models import Coupon, Subscription

TERMS = ["code", "percent_off", "amount_off_cents", "duration", "duration_months", "limit", "ends_on"]

FIXED = ["code", "off", "duration", "duration_months", "limit", "ends_on"]


class CouponForm(forms.ModelForm):
    amount_off_cents = DollarsField(required=False, least_cents=1, label="dollars off")

    class Meta:
        model = Coupon
        fields = [*TERMS, "note"]

    def clean_code(self):
        return self.cleaned_data["code"].strip().upper()


@admin.register(Coupon)
class CouponAdmin(admin.ModelAdmin):
    """A coupon that the gateway has cannot be changed, only ended: buyers may hold it."""

    form = CouponForm
    list_display = ["code", "off", "duration", "limit", "ends_on", "state", "created_at"]
    list_filter = ["is_active", ("gateway_id", admin.EmptyFieldListFilter)]
    search_fields = ["code", "note"]
    actions = ["end"]

    def get_fields(self, request, coupon=None):
        if coupon is not None and coupon.gateway_id:
            return ["state", "plans", *FIXED, "note"]
        return ["state", *TERMS, "note"] if coupon else [*TERMS, "note"]

    def get_readonly_fields(self, request, coupon=None):
        return ["state", "plans", *FIXED] if coupon is not None and coupon.gateway_id else ["state"]

    def get_form(self, request, obj=None, change=False, **options):
        if obj is not None and obj.gateway_id:
            options["form"] = forms.ModelForm  # the note alone; its terms are read
        return super().get_form(request, obj, change, **options)

    def has_delete_permission(self, request, coupon=None):
        return coupon is not None and not coupon.gateway_id and super().has_delete_permission(request, coupon)

    @admin.display(description="state")
    def state(self, coupon):
        if coupon.error:
            return f"Not usable: {coupon.error} Save it again to try again."
        if not coupon.gateway_id:
            return "Not at the gateway yet. Save it again to try again."
        return "usable" if coupon in Coupon.objects.usable() else "ended"

    @admin.display(description="plans that it lowers now")
    def plans(self, coupon):
        found = Subscription.objects.filter(discount__contains=coupon.code).count()
        if not found:
            return "none; one that was for the first payment alone is not shown at the plan any more"
        return format_html('<a href="{}?q={}">{}</a>', changelist_url(Subscription), coupon.code, found)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The form is saved in one transaction; the gateway is called after it."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        coupon = getattr(request, "saved_coupon", None)
        if coupon is not None and not coupon.gateway_id and not self.create_at_gateway(request, coupon):
            return HttpResponseRedirect(admin_url(coupon))
        return response

    def save_model(self, request, coupon, form, change):
        super().save_model(request, coupon, form, change)
        request.saved_coupon = coupon

    def create_at_gateway(self, request, coupon: Coupon) -> bool:
        try:
            coupon.store(gateway.create_promotion_code(coupon.code, **coupon.terms))
        except GatewayError as error:
            coupon.store_error(str(error))
            sentence = f"{coupon} is stored here, but buyers cannot use it: {error}"
            self.message_user(request, sentence, messages.ERROR)
            return False
        self.message_user(request, f"Buyers can use {coupon} now.", messages.SUCCESS)
        return True

    @admin.action(description="End: nobody else can use it", permissions=["change"])
    def end(self, request, coupons):
        for coupon in coupons:
            try:
                if coupon.gateway_id:
                    gateway.end_promotion_code(coupon.gateway_id)
            except GatewayError as error:
                self.message_user(request, f"{coupon}: {error}", messages.ERROR)
                continue
            Coupon.objects.filter(pk=coupon.pk).update(is_active=False)
            self.log_change(request, coupon, "Ended.")
            self.message_user(request, f"{coupon} has ended. Who used it keeps what it takes off.", messages.SUCCESS)
