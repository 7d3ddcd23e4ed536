import time
from typing import TYPE_CHECKING

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout, Submit
from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from articles.models import Comment
from articles.models.comments import MOST_CHARACTERS
from core.forms import ReadLengthValidator

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict

TOO_FAST_SECONDS = 3  # nobody reads the rules and writes a sentence sooner
TOO_OLD_SECONDS = 24 * 3600
SALT = "articles.comment"


class CommentForm(forms.ModelForm):
    """A comment under any name. Its two traps for programs need no script and no third party."""

    opened = forms.CharField(widget=forms.HiddenInput, required=False)
    # A program fills in every field; people do not see this one, and a screen reader is told to leave it.
    website = forms.CharField(required=False, label=_("Leave this field empty"))
    data: "MultiValueDict[str, str]"

    class Meta:
        model = Comment
        fields = ["name", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 7})}
        labels = {"name": _("Name to show"), "text": _("Your comment")}
        help_texts = {
            "name": _("Any name you like. It need not be yours, and better is not."),
            "text": _(
                "An editor reads it before anyone else does. Please leave out doses, phone numbers, links, and names "
                "of staff or patients. Offers to buy or sell are not shown."
            ),
        }
        error_messages = {
            "name": {"required": _("Choose a name to show; any will do.")},
            "text": {
                "required": _("Write your comment."),
                "max_length": _("Please write at most %(limit_value)d characters."),
            },
        }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["text"].validators.append(ReadLengthValidator(MOST_CHARACTERS))
        self.initial["opened"] = signing.dumps(int(time.time()), salt=SALT)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["website"].widget.attrs |= {"tabindex": "-1", "autocomplete": "off"}

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            Field("name"),
            Field("text"),
            Div("website", css_class="visually-hidden"),
            "opened",
            Submit("send", _("Send it")),
        )
        helper.attrs = {"novalidate": True}
        helper.form_error_title = _("The comment was not sent yet.")
        return helper

    def clean(self):
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("website"):
            raise forms.ValidationError(_("Please leave the field “Leave this field empty” empty."), "trap")
        try:
            opened = signing.loads(cleaned.get("opened", ""), salt=SALT, max_age=TOO_OLD_SECONDS)
        except signing.BadSignature as error:
            self._open_again()
            raise forms.ValidationError(_("This page was open for long. Please send it once more."), "old") from error
        if time.time() - opened < TOO_FAST_SECONDS:
            raise forms.ValidationError(_("That was very fast. Please wait a moment and send it once more."), "fast")
        return cleaned

    def _open_again(self) -> None:
        """Let the form that is shown again be sent."""
        self.data = self.data.copy()
        self.data["opened"] = self.initial["opened"]
