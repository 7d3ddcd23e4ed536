from django import forms
from django.contrib import admin

from articles.admin.histories import HistoryInWords
from articles.models import Topic
from clinics.presets import PRESETS


class TopicForm(forms.ModelForm):
    presets = forms.TypedMultipleChoiceField(
        choices=[(preset.slug, preset.title) for preset in PRESETS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="the kinds of clinics that each article of this topic leads to",
    )

    class Meta:
        model = Topic
        fields = ["name", "name_es", "slug", "description", "description_es", "hashtags", "presets"]


@admin.register(Topic)
class TopicAdmin(HistoryInWords, admin.ModelAdmin):
    form = TopicForm
    list_display = ["name", "name_es", "slug"]
    prepopulated_fields = {"slug": ["name"]}
