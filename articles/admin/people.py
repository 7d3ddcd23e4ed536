from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model

from articles.admin.histories import HistoryInWords
from articles.models import Person

RECORD = "articles.record_credentials"
CLAIMED = ("name", "credentials", "user")  # what a record of credentials is about


class PersonForm(forms.ModelForm):
    has_seen_proof = forms.BooleanField(
        required=False,
        label="I have seen proof of these credentials",
        help_text="of this name, with this account; only then can this person sign medical reviews",
    )

    class Meta:
        model = Person
        fields = ["name", "about", "credentials", "user"]

    recorder = None  # the account that saves the form: see PersonAdmin.get_form

    def _post_clean(self):
        super()._post_clean()  # type: ignore[misc]  # a hook of Django's forms that its stubs lack
        if self.errors or "has_seen_proof" not in self.fields:
            return
        if self.cleaned_data.get("has_seen_proof"):
            try:
                self.instance.record_credentials(self.recorder)
            except ValueError as error:
                self.add_error("has_seen_proof", str(error))
        elif set(self.changed_data) & set(CLAIMED):
            self.instance.forget_credentials()


@admin.register(Person)
class PersonAdmin(HistoryInWords, admin.ModelAdmin):
    """Pages that are out keep the names they came out with; still, who is named there is not a writer's to change."""

    form = PersonForm
    list_display = ["name", "credentials", "about", "may_review"]
    search_fields = ["name"]
    recorded = ("credentials_recorded_by", "credentials_recorded_on")

    def get_fieldsets(self, request, person=None):
        may_record = request.user.has_perm(RECORD) and self.has_change_permission(request, person)
        proof = ["has_seen_proof"] if may_record else []
        return [
            (None, {"fields": ["name", "about"]}),
            ("As a medical reviewer", {"fields": ["credentials", "user", *proof, *self.recorded]}),
        ]

    def get_readonly_fields(self, request, person=None):
        """An administrator says who has which credentials, and whose account this is."""
        if request.user.has_perm(RECORD):
            return self.recorded
        is_recorded = person is not None and person.credentials_recorded_on
        return ("credentials", "user", *self.recorded, *(["name"] if is_recorded else []))

    def get_form(self, request, obj=None, change=False, **options):
        form = super().get_form(request, obj, change, **options)
        own = {"recorder": request.user} if request.user.has_perm(RECORD) else {"has_seen_proof": None}
        return type("PersonForm", (form,), own)  # None: the form lacks the field

    def formfield_for_foreignkey(self, db_field, request, **options):
        if db_field.name == "user":
            options["queryset"] = get_user_model().objects.filter(is_staff=True, is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        if obj is not None and (obj.is_shown or obj.user_id or obj.credentials_recorded_on):
            return may and (request.user.has_perm("articles.publish_article") or request.user.has_perm(RECORD))
        return may

    @admin.display(description="signs reviews", boolean=True)
    def may_review(self, person):
        return person.has_recorded_credentials
