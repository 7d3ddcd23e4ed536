"""The signed links of reconfirmation mails: each belongs to one request and is answered once."""

from datetime import date, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.models import Clinic, ConfirmationRequest
from clinics.verification.recipients import with_owner_email

SALT = "clinics.confirmation"


class LinkRefused(Exception):  # noqa: N818 - the message tells the clinic why
    """A link that opens nothing; str() is a sentence for its holder."""


def oldest_link() -> date:
    """The day of the oldest requests whose links still work."""
    return timezone.localdate() - timedelta(days=settings.CONFIRMATION_LINK_DAYS)


def link_path(request: ConfirmationRequest) -> str:
    token = signing.TimestampSigner(salt=SALT).sign_object({"request": request.pk, "clinic": request.clinic_id})
    return reverse("clinics:clinic_confirm", args=[request.clinic_id, token])


def open_link(pk: int, token: str, *, lock: bool = False) -> ConfirmationRequest:
    """The request that a link of clinic `pk` answers. Raises LinkRefused with a sentence."""
    signer = signing.TimestampSigner(salt=SALT)
    try:
        signed = signer.unsign_object(token, max_age=timedelta(days=settings.CONFIRMATION_LINK_DAYS))
    except signing.SignatureExpired as error:
        raise LinkRefused(
            _("This link has expired: it works for %(days)d days. We will ask again.")
            % {"days": settings.CONFIRMATION_LINK_DAYS}
        ) from error
    except (signing.BadSignature, ValueError) as error:
        raise LinkRefused(
            _("This link was altered or is not whole. Copy all of it from the e-mail, up to its last letter.")
        ) from error
    if signed["clinic"] != pk:
        raise LinkRefused(_("This link belongs to another clinic, so it opens nothing here."))
    requests = ConfirmationRequest.objects.select_for_update() if lock else ConfirmationRequest.objects
    request = requests.filter(pk=signed["request"]).first()
    addresses = with_owner_email(Clinic.objects.filter(pk=pk), "pk").values_list("owner_email", "contact_email").get()
    if request is None or request.email not in addresses:
        raise LinkRefused(_("This link was sent to an address that is no longer the one of this clinic."))
    if request.answered_at:
        raise LinkRefused(_("This link was used already: each one answers once. Thank you for answering."))
    return request
