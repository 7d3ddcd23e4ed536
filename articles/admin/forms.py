from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.timesince import timesince

from articles import losses, markup
from articles.admin.editor import ArticleEditor, PictureSelect
from articles.models import Article


class Gone(Exception):  # noqa: N818 - as of the refusals of the models
    """The row was published as the live article, or deleted, while its form waited to be saved."""


class ArticleForm(forms.ModelForm):
    """Knows which version it was opened with, so that the second of two editors learns of the first."""

    opened_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    overwrite = forms.BooleanField(
        required=False, label="Save mine over it", help_text="the other version stays in the history"
    )
    publish_on = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime, label="Publish at", help_text="for “Schedule”; New York time"
    )

    class Meta:
        model = Article
        fields = [
            *("title", "slug", "summary", "body", "topics", "language", "translation_of", "hero", "related"),
            *("author", "reviewer", "last_reviewed_on", "review_due_on"),
            *("comments_open", "is_sample", "shown_unreviewed", "unpublish_at", "replaced_by"),
        ]
        widgets = {
            "title": forms.TextInput(attrs={"class": "vLargeTextField", "autofocus": True}),
            "body": ArticleEditor,
            "hero": PictureSelect,
            "summary": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.conflict = False
        self.left_out: list[str] = []  # elements of the text that say nothing to a reader
        self.initial["opened_version"] = self.instance.version
        self.initial["publish_on"] = self.instance.publish_at

    def clean_body(self):
        """Refuses what cleaning would take from the text; the form is shown again with all of it."""
        body = self.cleaned_data["body"]
        if lost := losses.lost(body, markup.clean(body)):
            raise forms.ValidationError(["Not saved, so that nothing is lost:", *lost], "lost")
        self.left_out = losses.left_out(body)
        return body

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk:
            self._refuse_to_overwrite(cleaned)
        return cleaned

    def _refuse_to_overwrite(self, cleaned):
        # Locked until this request ends: of two simultaneous saves the second reads what the first wrote.
        stored = Article.objects.select_for_update().only("version").filter(pk=self.instance.pk).first()
        if stored is None:
            raise Gone
        if cleaned.get("opened_version") != stored.version and not cleaned.get("overwrite"):
            self.conflict = True
            last = stored.history.select_related("history_user").first()
            who = last.history_user or "Somebody" if last else "Somebody"
            when = f" {timesince(last.history_date)} ago" if last else ""
            raise forms.ValidationError(
                f"{who} saved this article{when}, after you opened it. Nothing was overwritten: your text is below, "
                "theirs is in the history. Tick “Save mine over it” to keep yours, or open the page anew.",
                "conflict",
            )
        self.instance.version = stored.version + 1

    def _post_clean(self):
        super()._post_clean()  # type: ignore[misc]  # a hook of Django's forms that its stubs lack
        if self.instance.is_out and not self.errors:
            # What the inline of citations holds is checked there.
            for sentence in self.instance.missing(citation_count=1):
                self.add_error(None, f"Readers see this article. {sentence}")


class CitationFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if self.instance.is_out and not kept:
            raise forms.ValidationError("Readers see this article. Cite at least one source.")
