"""ZIP codes and cities, read only: `load_zipcodes` writes them."""

from django.contrib import admin

from clinics.models import City, ZipCode
from core.admin import ReadOnlyAdmin


@admin.register(ZipCode)
class ZipCodeAdmin(ReadOnlyAdmin):
    list_display = ["code", "city", "state", "county", "kind", "has_point", "point_source", "is_active"]
    list_filter = ["kind", "point_source", ("latitude", admin.EmptyFieldListFilter), "is_active"]
    search_fields = ["code__startswith", "city", "state__iexact"]
    search_help_text = "ZIP code, city, state"

    @admin.display(description="on the map", boolean=True)
    def has_point(self, zip_code):
        return zip_code.latitude is not None


@admin.register(City)
class CityAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "zip_count", "search_name"]
    search_fields = ["name", "search_name", "state__iexact"]
    search_help_text = "City, state"
