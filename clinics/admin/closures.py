"""Clinics that are closed for some days, by a button on their page; and notices for the clinics of some counties."""

from typing import cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget, FilteredSelectMultiple
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinics.closings import closed_text
from clinics.forms import ClosureForm
from clinics.models import Clinic, Closure, CountyNotice
from clinics.models.closures import MOST_NOTICE_DAYS, check_days, counties_with_clinics, local_day
from clinics.models.places import time_zone_of
from core.admin import ReadOnlyInline, admin_url, bullets
from core.forms import WebsiteField


class ClosureInline(ReadOnlyInline):
    model = Closure
    verbose_name_plural = "when it was closed for some days"
    fields = ["first_day", "last_day", "reason", "source", "created_by"]
    classes = ["collapse"]
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("created_by")


class ClosureTools(admin.ModelAdmin):
    """The buttons "Closed today" and "Open after all" above the form of a clinic."""

    change_form_template = "admin/clinics/clinic/change_form.html"

    def get_urls(self):
        tool = path("<int:pk>/closure/", self.admin_site.admin_view(self.closure_view), name="clinics_clinic_closure")
        return [tool, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        clinic = self.get_object(request, object_id)
        context = extra_context or {}
        if clinic is not None and clinic.is_listed and self.has_change_permission(request, clinic):
            context = {"closure_form": ClosureForm(clinic=clinic), "closed_text": closed_text(clinic)} | context
        return super().change_view(request, object_id, form_url, context)

    def closure_view(self, request, pk):
        return require_POST(self.change_closure)(request, pk)

    def change_closure(self, request, pk):
        clinic = get_object_or_404(Clinic.objects.defer("position"), pk=pk)
        if not self.has_change_permission(request, clinic):
            raise PermissionDenied
        if "open" in request.POST:
            sentence = "Open after all." if clinic.reopen() else "Nothing said any more that it is closed."
        else:
            form = ClosureForm(request.POST, clinic=clinic)
            if not form.is_valid():
                for error in (error for errors in form.errors.values() for error in errors):
                    self.message_user(request, str(error), messages.ERROR)
                return HttpResponseRedirect(admin_url(clinic))
            form.close(Closure.Source.EDITOR, request.user)
            sentence = f"{closed_text(clinic, says_today=False)}."
        self.log_change(request, clinic, sentence)
        self.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(admin_url(clinic))


class CountiesWidget(FilteredSelectMultiple):
    """In a box of its own: the admin's script puts its two lists at the beginning of the box."""

    def render(self, *args, **options):
        return format_html('<div class="related-widget-wrapper">{}</div>', super().render(*args, **options))


class CountyNoticeForm(forms.ModelForm):
    """The days of a notice, and its counties among those that have clinics; a notice is about one state."""

    places = forms.MultipleChoiceField(
        label="Counties",
        widget=CountiesWidget("counties", is_stacked=False),
        help_text="Of one state. Beside each the number of its listed clinics, by their ZIP codes.",
    )
    first_day = forms.DateField(widget=AdminDateWidget, help_text="From its beginning; today: from now.")
    last_day = forms.DateField(
        widget=AdminDateWidget, help_text=f"To its end. At most {MOST_NOTICE_DAYS} days; then say it again."
    )

    class Meta:
        model = CountyNotice
        fields = ["kind", "text_en", "text_es", "source", "source_url"]
        field_classes = {"source_url": WebsiteField}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        notice = self.instance
        counts = {(state, county): count for state, county, count in counties_with_clinics()}
        counts |= {(notice.state, name): 0 for name in notice.counties or () if (notice.state, name) not in counts}
        cast("forms.MultipleChoiceField", self.fields["places"]).choices = [
            (f"{state} {county}", f"{state} {county}: {count}") for (state, county), count in sorted(counts.items())
        ]
        if notice.pk:
            places = [f"{notice.state} {county}" for county in notice.counties]
            self.initial.update(places=places, first_day=notice.first_day, last_day=notice.last_day)
        else:
            self.initial.setdefault("first_day", timezone.localdate())

    def clean_places(self):
        chosen = [place.partition(" ") for place in self.cleaned_data["places"]]
        if len({state for state, _blank, _county in chosen}) > 1:
            raise forms.ValidationError("These are of several states: make a notice for each.")
        self.instance.state = chosen[0][0]
        self.instance.counties = sorted(county for _state, _blank, county in chosen)
        return self.cleaned_data["places"]

    def clean(self):
        facts = super().clean() or self.cleaned_data
        if not {"places", "first_day", "last_day"} <= facts.keys():
            return facts
        notice = self.instance
        notice.time_zone = time_zone_of("", notice.state)
        if {"first_day", "last_day"} & set(self.changed_data) or not notice.pk:
            check_days(facts["first_day"], facts["last_day"], local_day(notice.time_zone), MOST_NOTICE_DAYS)
            has_begun = notice.pk and "first_day" not in self.changed_data
            began_at = notice.starts_at
            notice.set_days(facts["first_day"], facts["last_day"])
            if has_begun:
                notice.starts_at = began_at
        return facts


@admin.register(CountyNotice)
class CountyNoticeAdmin(admin.ModelAdmin):
    form = CountyNoticeForm
    list_display = ["kind", "state", "county_names", "first_day", "last_day", "is_active", "covers", "source"]
    list_filter = ["kind", "state"]
    search_fields = ["counties", "state", "source"]
    search_help_text = "County, state or source"
    actions = ["end_now"]
    readonly_fields = ["covers", "created_by"]
    fieldsets = [
        ("Where and when", {"fields": ["kind", "places", ("first_day", "last_day"), "covers"]}),
        ("What else to say", {"fields": ["text_en", "text_es"]}),
        ("Who issued it", {"fields": ["source", "source_url", "created_by"]}),
    ]

    def get_queryset(self, request):
        return CountyNotice.objects.with_clinic_count()

    @admin.display(description="counties")
    def county_names(self, notice):
        return bullets(notice.counties)

    @admin.display(description="told now", boolean=True)
    def is_active(self, notice):
        return notice.starts_at <= timezone.now() < notice.ends_at

    @admin.display(description="listed clinics that it covers")
    def covers(self, notice):
        return "–" if notice.pk is None else notice.clinic_count

    def save_model(self, request, notice, form, change):
        if not change:
            notice.created_by = request.user
        super().save_model(request, notice, form, change)
        count = CountyNotice.objects.with_clinic_count().get(pk=notice.pk).clinic_count
        words = ngettext("It covers %(count)d listed clinic.", "It covers %(count)d listed clinics.", count)
        self.message_user(request, words % {"count": count}, messages.INFO)

    @admin.action(description="End now", permissions=["change"])
    def end_now(self, request, notices):
        ending = [notice for notice in notices if not notice.is_over]
        for notice in ending:
            self.log_change(request, notice, "Ended.")
            notice.end()
        self.message_user(request, f"Ended: {len(ending)} of the chosen notices.", messages.SUCCESS)

    def has_delete_permission(self, request, notice=None):
        return False  # what is over stays, as history
