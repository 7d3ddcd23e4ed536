"""Which articles the list shows: without the trash, unless it is asked for."""

from django.contrib import admin
from django.utils import timezone


class TrashFilter(admin.SimpleListFilter):
    title = "trash"
    parameter_name = "trash"

    def lookups(self, request, model_admin):
        return [("yes", "In the trash")]

    def queryset(self, request, articles):
        return articles.filter(trashed_at__isnull=False) if self.value() == "yes" else articles.kept()

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": "Not in the trash"}, *others]


class ReviewFilter(admin.SimpleListFilter):
    title = "medical review"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("due", "Due: published, and past its date")]

    def queryset(self, request, articles):
        return (
            articles.published().filter(review_due_on__lt=timezone.localdate()) if self.value() == "due" else articles
        )
