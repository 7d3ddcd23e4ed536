"""The mails of the directory: each template is put into words by the module that sends it."""

from django.core.mail import EmailMultiAlternatives

from clinics.verification import proposals, reconfirmation
from core.models import OutgoingEmail

COMPOSERS = {
    reconfirmation.TEMPLATE: reconfirmation.compose,
    proposals.TEMPLATE: proposals.compose,
    proposals.DECIDED: proposals.compose_decision,
}


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """The mail in the active language. Raises core.email.NotWanted."""
    return COMPOSERS[mail.template](mail)
