from django.contrib import admin

from articles.models import Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ["name", "credentials", "about"]
    search_fields = ["name"]
