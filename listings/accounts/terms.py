"""Owners accept the terms when they sign up, and a newer version when they next buy something: never in between."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import CheckboxInput
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import papers

FIELD = "terms"


def sentence() -> SafeString | str:
    """What stands above the button of the sign-up; "" before there are terms."""
    if papers.current_terms() is None:
        return ""
    says = _("By signing up you accept the {terms}. What we keep of you: {privacy}.")
    return format_html(says, terms=_link("terms", _("terms")), privacy=_link("privacy-owners", _("privacy")))


def accept_at_sign_up(sender, user, **kwargs) -> None:
    papers.accept_terms(user)


def ask_for_terms(form: forms.Form, user) -> None:
    """Add a box to the form of a purchase if the terms in force are new to this person; its value is the version."""
    terms = papers.terms_to_accept(user)
    if terms is None:
        return
    says = _("I accept the {terms}, version {version}, and the {refunds}.")
    links = {"terms": _link("terms", _("terms")), "refunds": _link("refunds", _("rules of refunds"))}

    def is_known(_ticked: bool) -> None:
        if _shown(form) not in papers.acceptable_terms():
            raise ValidationError(_("This version of the terms is not in force any more. Accept the present one."))

    form.fields[FIELD] = forms.BooleanField(
        validators=[is_known],
        label=format_html(says, version=terms.version, **links),
        help_text=terms.note,
        widget=CheckboxInput(attrs={"value": terms.version}),
        error_messages={"required": _("Accept the terms to buy a plan.")},
    )


def store_acceptance(form: forms.Form, user) -> None:
    """Store which version the box of a valid form was about."""
    if form.cleaned_data.get(FIELD):
        papers.accept_terms(user, _shown(form))


def _shown(form: forms.Form) -> int | None:
    """The version that the box was about."""
    shown = str(form.data.get(FIELD))
    return int(shown) if shown.isdecimal() and len(shown) < 4 else None


def _link(slug: str, label: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(f"papers:{slug}"), label)
