from typing import cast

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from clinics.admin.clinic_form import ClinicForm
from clinics.admin.closures import ClosureInline, ClosureTools
from clinics.admin.verification import FactChangeInline
from clinics.imports.plausibility import AGES_TO_CHECK
from clinics.imports.rows import FacilityRow
from clinics.locations.placing import EDITOR, pin, place_clinics
from clinics.models import Clinic, Confirmation, Correction, FactGroup, PointQuality, Service, Source, SourceRecord
from clinics.models.clinic import ClinicQuerySet
from clinics.models.expressions import HasAnyBit
from clinics.models.points import point_source_text
from clinics.models.provenance import source_text
from clinics.questions.forms import GROUP_OF_FIELDS
from clinics.search import facets
from clinics.states import state_names
from clinics.verification.provenance import confirm
from core.admin import KeepsDrafts, ReadOnly, ReadOnlyInline, bullets, key_values, link, log_each
from core.phones import NotAPhone, normalise_phone

AS_PRINTED = FacilityRow.__dataclass_fields__
OFFERS = {
    "OTP": facets.VALUES["kind/otp"],
    "buprenorphine": facets.VALUES["medication/buprenorphine"],
    "methadone": facets.VALUES["medication/methadone"],
}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    template = "admin/clinics/_closed_filter.html"

    def lookups(self, request, model_admin):
        return [(code, f"{code} {name}") for code, name in state_names().items()]

    def queryset(self, request, queryset):
        return queryset.filter(state=self.value()) if self.value() else queryset


class LocationFilter(admin.SimpleListFilter):
    title = "place on the map"
    parameter_name = "location"

    def lookups(self, request, model_admin):
        return [("exact", "exact"), ("approximate", "approximate"), ("missing", "not on the map")]

    def queryset(self, request, queryset):
        if self.value() == "missing":
            return queryset.filter(latitude__isnull=True)
        if self.value():
            is_approximate = Q(point_quality=PointQuality.ZIP)
            found = is_approximate if self.value() == "approximate" else ~is_approximate
            return queryset.filter(found, latitude__isnull=False)
        return queryset


class ContradictionFilter(admin.SimpleListFilter):
    title = "its place"
    parameter_name = "place"

    def lookups(self, request, model_admin):
        return [("contradicts", "contradicts itself")]

    def queryset(self, request, queryset):
        return queryset.exclude(point_problem="") if self.value() else queryset


class OfferFilter(admin.SimpleListFilter):
    title = "offer"
    parameter_name = "offer"

    def lookups(self, request, model_admin):
        return [*((value.slug, label) for label, value in OFFERS.items()), ("none", "none of these")]

    def queryset(self, request, queryset):
        if self.value() == "none":
            return queryset.exclude(HasAnyBit("treatment_bits", facets.mask_of(OFFERS.values())))
        for value in OFFERS.values():
            if value.slug == self.value():
                return queryset.filter(HasAnyBit(value.column, value.mask))
        return queryset


class TreatsFilter(admin.SimpleListFilter):
    title = "opioid use disorder"
    parameter_name = "treats"

    def lookups(self, request, model_admin):
        return [(value.slug, value.label) for value in facets.TREATS.values]

    def queryset(self, request, queryset):
        for value in facets.TREATS.values:
            if value.slug == self.value():
                return queryset.filter(HasAnyBit(value.column, value.mask))
        return queryset


class AgesToCheckFilter(admin.SimpleListFilter):
    title = "ages"
    parameter_name = "ages"

    def lookups(self, request, model_admin):
        return [("check", "to check: children only, and programs for adults")]

    def queryset(self, request, queryset):
        if self.value() != "check":
            return queryset
        remark = Service.objects.filter(slug=AGES_TO_CHECK).values_list("pk", flat=True)
        return queryset.filter(service_ids__overlap=list(remark))


class OpenCorrectionFilter(admin.SimpleListFilter):
    title = "reports of readers"
    parameter_name = "reports"

    def lookups(self, request, model_admin):
        return [("open", "with open reports")]

    def queryset(self, request, queryset):
        open_reports = Correction.objects.filter(clinic=OuterRef("pk"), status=Correction.Status.OPEN)
        return queryset.filter(Exists(open_reports)) if self.value() else queryset


class ContactSourceFilter(admin.SimpleListFilter):
    title = "source of name, address, phone"
    parameter_name = "source"

    def lookups(self, request, model_admin):
        return [*Source.choices, ("none", "none stated")]

    def queryset(self, request, queryset):
        confirmations = Confirmation.objects.filter(clinic=OuterRef("pk"), fact_group=FactGroup.CONTACT)
        if self.value() == "none":
            return queryset.exclude(Exists(confirmations))
        return queryset.filter(Exists(confirmations.filter(source=self.value()))) if self.value() else queryset


class ConfirmationInline(ReadOnlyInline):
    model = Confirmation
    verbose_name_plural = "who states what (changing a fact makes you its source)"
    fields = ["source_text", "confirmed_on", "confirmed_by"]
    show_change_link = False

    @admin.display(description="source")
    def source_text(self, confirmation):
        return confirmation.source_text

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("confirmed_by")


class CorrectionInline(ReadOnlyInline):
    model = Correction
    verbose_name_plural = "what readers reported"
    fields = ["note", "created_at", "status", "closed_by"]
    ordering = ["-created_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("clinic", "closed_by").defer("clinic__position")


class SourceRecordInline(ReadOnly, admin.StackedInline):
    extra = 0
    model = SourceRecord
    verbose_name_plural = "what the sources say, as it was read"
    fields = readonly_fields = ("read_in", "as_read")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("run")

    @admin.display(description="read in")
    def read_in(self, record):
        return link(record.run)

    @admin.display(description="the row")
    def as_read(self, record):
        in_order = {name: record.row[name] for name in AS_PRINTED if name in record.row}
        return key_values(in_order | record.row)  # jsonb forgets the order


@admin.register(Clinic)
class ClinicAdmin(KeepsDrafts, ClosureTools):
    form = ClinicForm
    list_display = ["full_name", "city", "state", "phone", "is_listed", "on_map", "offers", "contact_source"]
    list_filter = [
        "is_listed",
        LocationFilter,
        ContradictionFilter,
        OpenCorrectionFilter,
        TreatsFilter,
        OfferFilter,
        AgesToCheckFilter,
        ("closed_on", admin.EmptyFieldListFilter),
        "is_demo",
        ContactSourceFilter,
        StateFilter,
    ]
    list_per_page = 50
    # Counting every row beside the rows found would cost as much as the page.
    show_full_result_count = False
    search_fields = ["name", "name_detail", "street", "city", "state__iexact", "zip_code__startswith", "phone"]
    search_help_text = "Name, street, city, state, ZIP code or phone, in any order: hope baltimore md"
    actions = ["list_again", "unlist", "close_today"]
    save_on_top = True
    inlines = [CorrectionInline, ConfirmationInline, SourceRecordInline, ClosureInline, FactChangeInline]
    readonly_fields = ["stands_at", "point_problem", "merged", "other_services", "is_demo", "created_at", "updated_at"]
    fieldsets = [
        (
            "Who it is and how to call",
            {
                "fields": [
                    "name",
                    "name_detail",
                    "phone",
                    "intake_phones",
                    "hotlines",
                    "other_phones",
                    "website",
                    "contact_email",
                ]
            },
        ),
        (
            "Where it is",
            {
                "fields": [
                    ("street", "street_detail"),
                    ("city", "state"),
                    ("zip_code", "zip4", "county"),
                    ("stands_at", "point_problem"),
                    "pin",
                ],
                "description": "The place on the map decides how near a clinic is: check it when the address changes.",
            },
        ),
        (
            "Whether a patient can start soon",
            {
                "fields": [
                    ("accepting_new_patients", "days_to_first_visit"),
                    ("medication_at_first_visit", "counseling_required"),
                    ("telehealth_states", "first_visit_cents"),
                    ("desk_languages",),
                    ("open_hours", "walk_in_hours"),
                ],
                "description": "State only what the clinic said. What is left empty is shown as “not stated - ask”.",
            },
        ),
        (
            "The first visit",
            {
                "fields": [*GROUP_OF_FIELDS],
                "description": "State only what the clinic said. Each answer has its own day, and ends by itself.",
            },
        ),
        ("What it offers and how to pay", {"fields": ["services", "other_services"]}),
        ("Whether readers find it", {"fields": ["is_listed", "closed_on", "missing_from", "merged"]}),
        ("About this entry", {"fields": ["is_demo", "created_at", "updated_at"], "classes": ["collapse"]}),
    ]

    def has_delete_permission(self, request, obj=None):
        """A clinic is unlisted instead: its address and its records stay."""
        return False

    def get_queryset(self, request):
        clinics = cast("ClinicQuerySet", super().get_queryset(request))  # of the default manager
        return clinics.defer("position").with_contact_source()

    def get_search_results(self, request, queryset, search_term):
        try:
            phone = normalise_phone(search_term)
        except NotAPhone:
            phone = ""
        if phone:
            return queryset.filter(phone__startswith=phone), False
        return super().get_search_results(request, queryset, search_term.replace(",", " "))

    def view_on_site(self, clinic):
        return clinic.get_absolute_url() if clinic.is_listed or clinic.closed_on else None

    @admin.display(description="name", ordering="name")
    def full_name(self, clinic):
        return clinic.full_name

    @admin.display(description="on the map")
    def on_map(self, clinic):
        if clinic.latitude is None:
            return "not on the map"
        return "approximate" if clinic.is_approximate else "exact"

    @admin.display(description="stands at")
    def stands_at(self, clinic):
        if clinic.coordinates is None:
            return "not on the map"
        at = f"{clinic.latitude:.5f}, {clinic.longitude:.5f}: {clinic.get_point_quality_display()}"
        return f"{at}, by {point_source_text(clinic.point_source)} {clinic.point_as_of}".strip()

    @admin.display(description="offers")
    def offers(self, clinic):
        return ", ".join(label for label, value in OFFERS.items() if getattr(clinic, value.column) & value.mask) or "–"

    @admin.display(description="source of contact")
    def contact_source(self, clinic):
        return source_text(clinic.contact_source, clinic.contact_edition) if clinic.contact_source else "–"

    @admin.display(description="merged into")
    def merged(self, clinic):
        return link(clinic.merged_into)

    @admin.display(description="services")
    def services(self, clinic):
        """For staff who may only view, who see no checkboxes of the form."""
        return bullets(list(Service.objects.filter(pk__in=clinic.all_service_ids)))

    @admin.action(description="List: readers find it", permissions=["change"])
    def list_again(self, request, clinics):
        merged = clinics.filter(merged_into__isnull=False).count()
        if merged:
            self.message_user(request, f"{merged} left alone: merged into another clinic.", messages.WARNING)
        unlisted = clinics.filter(is_listed=False, merged_into__isnull=True)
        self._set(request, unlisted, "Listed", is_listed=True, closed_on=None)

    @admin.action(description="Unlist: readers no longer find it", permissions=["change"])
    def unlist(self, request, clinics):
        self._set(request, clinics.filter(is_listed=True), "Unlisted", is_listed=False)

    @admin.action(description="Mark as closed for good, as of today", permissions=["change"])
    def close_today(self, request, clinics):
        today = timezone.localdate()
        still_open = clinics.filter(closed_on__isnull=True, merged_into__isnull=True)
        self._set(request, still_open, f"Marked as closed on {today}", is_listed=False, closed_on=today)

    def _set(self, request, clinics, sentence, **values):
        changed = list(clinics)
        Clinic.objects.filter(pk__in=[clinic.pk for clinic in changed]).update(updated_at=timezone.now(), **values)
        log_each(request, changed, f"{sentence}.")
        self.message_user(request, f"{sentence}: {len(changed)} of the chosen clinics.", messages.SUCCESS)

    def save_model(self, request, clinic, form, change):
        if "website" in form.changed_data:
            clinic.website_from_owner_on = None
        super().save_model(request, clinic, form, change)
        phone_changed = clinic.has_replaced(form.initial.get("phone", ""))
        confirm(clinic, form.changed_fact_groups, Source.EDITOR, request.user, phone_changed=phone_changed)
        if change and form.left_its_pin:
            warning = "The address changed, and its pin stayed at the old one: check the place on the map."
            self.message_user(request, warning, messages.WARNING)
        if "pin" in form.changed_data:
            pin(clinic, EDITOR, form.cleaned_data["pin"])
        else:
            place_clinics([clinic.pk])
        clinic.refresh_from_db()
        if clinic.point_problem:
            self.message_user(request, f"Its place contradicts itself: {clinic.point_problem}", messages.WARNING)
