"""The code book, read only: `load_codebook` loads it from clinics/data/, and would overwrite an edit made here."""

from django.contrib import admin

from clinics.models import Clinic, Service, ServiceCategory, ServiceCode
from clinics.search import facets
from core.admin import ReadOnlyAdmin, ReadOnlyInline, link


class FacetFilter(admin.SimpleListFilter):
    title = "search filter"
    parameter_name = "filter"

    def lookups(self, request, model_admin):
        return [("any", "any"), ("none", "none"), *((group.slug, group.label) for group in facets.GROUPS)]

    def queryset(self, request, queryset):
        if self.value() == "any":
            return queryset.exclude(facet="")
        if self.value() == "none":
            return queryset.filter(facet="")
        return queryset.filter(facet__startswith=f"{self.value()}{facets.SEPARATOR}") if self.value() else queryset


class ServiceCodeInline(ReadOnlyInline):
    model = ServiceCode
    fields = ["edition", "code", "source_name"]
    show_change_link = False


class ServiceInline(ReadOnlyInline):
    model = Service
    fields = ["name", "group", "facet"]


@admin.register(Service)
class ServiceAdmin(ReadOnlyAdmin):
    list_display = ["name", "group", "category", "facet", "slug"]
    list_filter = ["group", FacetFilter, "category"]
    list_select_related = ["category"]
    search_fields = ["name", "slug", "explanation", "codes__code__iexact"]
    search_help_text = "Name, explanation or code in any edition"
    fields = [
        *("name", "explanation", "group", "category", "facet", "implies", "denies", "slug"),
        "clinics_that_state_it",
    ]
    readonly_fields = ["clinics_that_state_it"]
    inlines = [ServiceCodeInline]

    @admin.display(description="clinics that state it")
    def clinics_that_state_it(self, service):
        column = "denied_service_ids" if service.denied else "service_ids"
        stating = Clinic.objects.filter(**{f"{column}__contains": [service.pk]})
        return f"{stating.listed().count():,} listed, {stating.count():,} in all"


@admin.register(ServiceCategory)
class ServiceCategoryAdmin(ReadOnlyAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    inlines = [ServiceInline]


class EditionFilter(admin.SimpleListFilter):
    title = "edition"
    parameter_name = "edition"

    def lookups(self, request, model_admin):
        editions = ServiceCode.objects.order_by("edition").values_list("edition", flat=True).distinct()
        return [(edition, edition) for edition in editions]

    def queryset(self, request, queryset):
        return queryset.filter(edition=self.value()) if self.value() else queryset


@admin.register(ServiceCode)
class ServiceCodeAdmin(ReadOnlyAdmin):
    list_display = ["code", "edition", "source_name", "service_link"]
    list_filter = [EditionFilter]
    list_select_related = ["service"]
    search_fields = ["code", "source_name", "service__name"]
    search_help_text = "Code, the source's words, or ours"

    @admin.display(description="service", ordering="service__name")
    def service_link(self, code):
        return link(code.service)
