"""The forms of allauth, with the labels of this site."""

import secrets

from allauth.account import forms
from django.db import transaction
from django.forms import Form
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from listings.accounts import terms


class OwnLabels(Form):
    """A label above each field, and none inside it that vanishes while somebody types."""

    LABELS = {"email": _("E-mail address"), "login": _("E-mail address"), "password": _("Password")}
    LABELS |= {"oldpassword": _("Present password"), "password1": _("New password")}
    LABELS |= {"password2": _("New password, once more")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LoginForm(OwnLabels, forms.LoginForm):
    """Owners have no user name; staff may have one, and the field accepts it."""


class ReauthenticateForm(OwnLabels, forms.ReauthenticateForm):
    pass


class AddEmailForm(OwnLabels, forms.AddEmailForm):
    LABELS = {"email": _("New e-mail address")}


class ChangePasswordForm(OwnLabels, forms.ChangePasswordForm):
    pass


class ResetPasswordForm(OwnLabels, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(OwnLabels, forms.ResetPasswordKeyForm):
    pass


class SignupForm(OwnLabels, forms.SignupForm):
    LABELS = OwnLabels.LABELS | {"password1": _("Password")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("Best at your practice's own domain: that proves most.")
        password = self.fields["password1"]  # the last field: the sentence stands above the button
        password.help_text = format_html("{} {}", password.help_text, terms.sentence())

    def try_save(self, request):
        """For an address that has an account the same work is done and undone: the time must not say that it has."""
        if self.account_already_exists:
            self._make_nobody(request)
        return super().try_save(request)

    def _make_nobody(self, request) -> None:
        email = self.cleaned_data["email"]
        with transaction.atomic():
            self.cleaned_data["email"] = f"{secrets.token_hex(16)}@nobody.invalid"
            self.account_already_exists = False
            try:
                self.save(request)
            finally:
                self.cleaned_data["email"], self.account_already_exists = email, True
                transaction.set_rollback(True)
