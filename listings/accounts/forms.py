"""The small forms of owners: find a practice, claim it, invite people, add a photo."""

from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic
from clinics.models.practitioners import validate_npi
from core import phone_codes
from core.forms import OneLineField, PhoneField, without_contacts
from core.images import LARGEST_BYTES, MEGABYTE
from listings.models import Claim, Membership
from listings.models.channels import own_domain, standing_phone

LARGEST_DOCUMENT_MEGABYTES = 5  # of a million bytes
# The first bytes of files that an editor can open, and what their names must end with.
DOCUMENTS = {b"%PDF-": (".pdf",), b"\x89PNG\r\n": (".png",), b"\xff\xd8\xff": (".jpg", ".jpeg")}


class FindForm(forms.Form):
    q = forms.CharField(label=_("Name, phone, ZIP code or NPI of the practice"), max_length=100)


class ClaimForm(forms.Form):
    """How an owner proves that a clinic is theirs."""

    method = forms.ChoiceField(label=_("How can you show that it is yours?"), widget=forms.RadioSelect)
    email = forms.EmailField(label=_("Your address at the clinic's own domain"), required=False)
    npi = forms.CharField(
        label=_("Your NPI"),
        max_length=10,
        required=False,
        validators=[validate_npi],
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("Only if the register is your proof. An editor compares both."),
    )
    npi_name = OneLineField(label=_("Your name, as the register has it"), max_length=120, required=False)
    document = forms.FileField(
        label=_("The document"),
        required=False,
        help_text=format_lazy(
            _("PDF, PNG or JPEG, at most {megabytes} MB. Only editors see it, and it is deleted after the decision."),
            megabytes=LARGEST_DOCUMENT_MEGABYTES,
        ),
    )

    def __init__(self, data=None, files=None, *, clinic: Clinic):
        super().__init__(data, files, label_suffix="")
        self.domain = own_domain(clinic)
        choices = {
            Claim.Method.EMAIL: _("We mail a code to you at %(domain)s") % {"domain": f"@{self.domain}"},
            Claim.Method.PHONE: _by_phone(clinic),
            Claim.Method.NPI: _("I practice here: my NPI is registered at this address or phone"),
            Claim.Method.DOCUMENT: _("I upload a document: a state license, a letter of the DEA or SAMHSA, a bill"),
        }
        if not self.domain:
            del choices[Claim.Method.EMAIL], self.fields["email"]
        if not clinic.phone:
            del choices[Claim.Method.PHONE]
        field = self.fields["method"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(method.value, label) for method, label in choices.items()]

    def clean_document(self):
        document = self.cleaned_data["document"]
        if document:
            head, suffix = document.read(8), PurePath(document.name).suffix.lower()
            document.seek(0)
            if document.size > LARGEST_DOCUMENT_MEGABYTES * 1_000_000:
                sentence = _("The file is larger than %(megabytes)s MB.")
                raise ValidationError(sentence, "large", {"megabytes": LARGEST_DOCUMENT_MEGABYTES})
            if not any(head.startswith(start) and suffix in names for start, names in DOCUMENTS.items()):
                raise ValidationError(_("This is no PDF, PNG or JPEG file."), "kind")
        return document

    def clean(self):
        super().clean()
        data = self.cleaned_data
        method = data.get("method")
        if method == Claim.Method.EMAIL and "email" not in self.errors:
            domain = data.get("email", "").lower().rpartition("@")[2]
            if domain != self.domain and not domain.endswith(f".{self.domain}"):
                sentence = _("It must be an address at %(domain)s, the domain of the clinic's website.")
                self.add_error("email", sentence % {"domain": self.domain})
        if method == Claim.Method.DOCUMENT and not data.get("document") and "document" not in self.errors:
            self.add_error("document", _("Choose the file."))
        for name in ("npi", "npi_name") if method == Claim.Method.NPI else ():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Give both the NPI and the name."))
        return data


def _by_phone(clinic: Clinic) -> str:
    """How a code reaches the clinic's phone: a program calls only a number that stood before, without extension."""
    if phone_codes.is_on() and (phone := standing_phone(clinic)):
        return _("We call %(phone)s, or text it, and say a code") % {"phone": phone}
    return _("An editor calls %(phone)s in the next days and reads out a code") % {"phone": clinic.phone}


class ObjectionForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it not right?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only editors read it."),
    )


class CodeForm(forms.Form):
    code = forms.CharField(label=_("The code"), max_length=10, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def clean_code(self):
        return "".join(filter(str.isdigit, self.cleaned_data["code"]))


class UnwantedCallForm(CodeForm):
    """The code shows that it was this number that was called: nobody else can stop a call."""

    phone = PhoneField(label=_("The number that was called"), max_length=30)
    field_order = ("phone", "code")


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(
        label=_("What may they do?"),
        choices=Membership.Role.choices,
        initial=Membership.Role.EDITOR,
        widget=forms.RadioSelect,
    )


class PhotoForm(forms.Form):
    file = forms.FileField(
        label=_("The photo"),
        help_text=format_lazy(
            _(
                "JPEG, PNG or WebP, at most {megabytes} MB. Place, time and camera are taken out of it. Show no "
                "patient."
            ),
            megabytes=LARGEST_BYTES // MEGABYTE,
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    alt = OneLineField(
        label=_("What does it show?"),
        max_length=250,
        validators=[without_contacts],
        help_text=_("For people who cannot see it: “The entrance, with a ramp on the left”."),
    )
