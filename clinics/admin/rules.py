"""What readers are told beside clinics: rules of law and medicine, lines of states, hospitals; each until its day."""

from django.contrib import admin
from django.db import models, transaction
from django.utils import timezone

from clinics import rules
from clinics.models import Hospital, Rule, StateLine
from core.admin import ReadOnlyAdmin

OF_READING = {"checked_on", "review_by", "reviewer"}  # fields that say who read the source, not what it says


class ToCheckFilter(admin.SimpleListFilter):
    title = "to check"
    parameter_name = "to_check"

    def lookups(self, request, model_admin):
        return [("yes", "ends or is to be read again soon")]

    def queryset(self, request, queryset):
        return queryset.to_check() if self.value() == "yes" else queryset


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin):
    list_display = ["title_en", "key", "stands", "valid_from", "valid_until", "checked_on", "review_by"]
    list_filter = [ToCheckFilter]
    search_fields = ["key", "title_en", "text_en", "source"]
    search_help_text = "Key, title, text or source"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = [
        (None, {"fields": ["key", "title_en", "text_en", "title_es", "text_es"]}),
        ("Where and when it holds", {"fields": ["states", "valid_from", "valid_until"]}),
        ("Where it is written", {"fields": ["source", "source_url", "checked_on", "reviewer", "review_by"]}),
    ]

    def get_queryset(self, request):
        return Rule.objects.with_check_by().order_by("check_by", "key")

    def get_readonly_fields(self, request, rule=None):
        return ["key"] if rule else []  # articles name it by its key

    @admin.display(description="today it")
    def stands(self, rule):
        return rule.standing(timezone.localdate()).label

    def save_model(self, request, rule, form, change):
        if set(form.changed_data) - OF_READING:
            rule.is_shipped = False  # from now on it is the editor's, and no new release changes it
        if "checked_on" in form.changed_data and "reviewer" not in form.changed_data:
            rule.reviewer = request.user.get_full_name() or request.user.get_username()
        rule._history_user = request.user  # of what is sent back to review for it
        super().save_model(request, rule, form, change)
        transaction.on_commit(rules.forget)

    def has_delete_permission(self, request, rule=None):
        return False  # the next release would bring it back: it ends, by its last day


@admin.register(StateLine)
class StateLineAdmin(admin.ModelAdmin):
    list_display = ["name", "state", "phone", "hours_en", "is_shown", "as_of", "valid_until"]
    list_filter = [ToCheckFilter, "is_shown", "state"]
    search_fields = ["name", "phone", "source"]
    search_help_text = "Name, number or source"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def save_model(self, request, line, form, change):
        line.is_shipped = False  # as with a rule
        super().save_model(request, line, form, change)

    def get_readonly_fields(self, request, line=None):
        return ["key"] if line else []

    def has_delete_permission(self, request, line=None):
        return False  # it is shown no longer


@admin.register(Hospital)
class HospitalAdmin(ReadOnlyAdmin):
    """`load_hospitals` writes them."""

    list_display = ["name", "city", "state", "phone", "as_of", "valid_until"]
    list_filter = ["state"]
    search_fields = ["name", "city", "facility_id"]
    search_help_text = "Name, city or number of CMS"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
