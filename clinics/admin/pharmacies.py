"""Pharmacies that somebody says filled buprenorphine: readers see one once an editor has checked what it is."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q

from clinics.models import Pharmacy, PharmacyReport
from clinics.models.pharmacies import lately
from core.admin import ReadOnlyInline, log_each


class ToCheckFilter(admin.SimpleListFilter):
    title = "to check"
    parameter_name = "to_check"

    def lookups(self, request, model_admin):
        return [("yes", "waits for an editor")]

    def queryset(self, request, queryset):
        return queryset.to_check() if self.value() == "yes" else queryset


class ReportInline(ReadOnlyInline):
    """Who says so is a reader, or a clinic; never a person."""

    model = PharmacyReport
    fields = ["filled_on", "said_by", "clinic", "form", "created_at"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("clinic").defer("clinic__position")


class PharmacyForm(forms.ModelForm):
    is_right = forms.BooleanField(
        label="Name, address and number are right",
        required=False,
        help_text="Found out by a call, or from the pharmacy's own page. Only then do readers see it.",
    )

    class Meta:
        model = Pharmacy
        fields = ["name", "street", "city", "state", "zip_code", "phone", "note", "is_hidden"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial["is_right"] = bool(self.instance.checked_on)

    def clean(self):
        said = super().clean() or self.cleaned_data
        if said.get("is_right") and not (said.get("street") and said.get("phone")):
            self.add_error("is_right", "Add the street and the phone number first.")
        return said


@admin.register(Pharmacy)
class PharmacyAdmin(admin.ModelAdmin):
    form = PharmacyForm
    inlines = [ReportInline]
    list_display = ["name", "street", "city", "state", "zip_code", "phone", "reported", "checked_on", "is_hidden"]
    list_filter = [ToCheckFilter, "is_hidden", "state"]
    search_fields = ["name", "street", "city", "zip_code__startswith", "phone"]
    search_help_text = "Name, street, city, ZIP code or number"
    readonly_fields = ["checked_on", "checked_by"]
    actions = ["check_facts", "hide", "are_one_place"]

    def get_queryset(self, request):
        counted = Count("reports", filter=Q(reports__filled_on__range=lately()))
        return super().get_queryset(request).filter(merged_into=None).annotate(counted=counted)

    @admin.display(description="reports that count", ordering="counted")
    def reported(self, pharmacy):
        return pharmacy.counted

    def save_model(self, request, pharmacy, form, change):
        if not form.cleaned_data["is_right"]:
            pharmacy.checked_on = pharmacy.checked_by = None
        super().save_model(request, pharmacy, form, change)
        if form.cleaned_data["is_right"] and set(form.changed_data) - {"note", "is_hidden"}:
            pharmacy.check_facts(request.user)

    @admin.action(description="Checked: name, address and number are right", permissions=["change"])
    def check_facts(self, request, pharmacies):
        checked = []
        for pharmacy in pharmacies:
            try:
                pharmacy.check_facts(request.user)
                checked.append(pharmacy)
            except ValueError as error:
                self.message_user(request, str(error), messages.ERROR)
        log_each(request, checked, "Checked: name, address and number are right.")
        self.message_user(request, f"Checked: {len(checked)} of the chosen pharmacies.", messages.SUCCESS)

    @admin.action(description="Hide from readers", permissions=["change"])
    def hide(self, request, pharmacies):
        hidden = list(pharmacies.filter(is_hidden=False))
        Pharmacy.objects.filter(pk__in=[pharmacy.pk for pharmacy in hidden]).update(is_hidden=True)
        log_each(request, hidden, "Hidden from readers.")
        self.message_user(request, f"Hidden: {len(hidden)} of the chosen pharmacies.", messages.SUCCESS)

    @admin.action(description="They are one place: keep the one that was checked", permissions=["change"])
    def are_one_place(self, request, pharmacies):
        kept, *others = sorted(pharmacies, key=lambda each: (not each.checked_on, not each.phone, each.pk))
        if not others:
            self.message_user(request, "Choose two or more that are the same.", messages.ERROR)
            return
        for pharmacy in others:
            pharmacy.merge_into(kept)
        log_each(request, others, f"Merged into {kept} (number {kept.pk}).")
        log_each(request, [kept], f"Took over {', '.join(str(each.pk) for each in others)}.")
        self.message_user(request, f"Kept number {kept.pk}: {kept}.", messages.SUCCESS)

    def has_delete_permission(self, request, pharmacy=None):
        return False  # its reports would be lost, and the next one makes it anew: it is hidden
