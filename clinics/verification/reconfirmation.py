"""Reconfirmation: which clinics are asked whether their listing is still right, the mails, and the answer.

A mail is a row before it is sent, and a row is never sent twice: after a crash in between, the next reminder takes its
place. So a worker that was stopped for a day catches up with one mail for each clinic, the latest due.
"""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinics.models import Clinic, ConfirmationRequest, Source
from clinics.questions import stated
from clinics.questions.gaps import MOST_ASKED, gaps_of
from clinics.verification.confirmation_links import link_path, oldest_link
from clinics.verification.freshness import stale_since
from clinics.verification.provenance import confirm, stated_groups
from clinics.verification.recipients import reachable_clinics, with_owner_email
from core import email as outbox
from core.models import OutgoingEmail

TEMPLATE = "clinics/reconfirmation"  # of the question and its reminders


def still_right(clinic: Clinic, by=None) -> None:
    """The clinic confirms all that it states, by the link of a mail or in the account of its owner.

    Either way its open requests are answered, and no reminder follows.
    """
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=clinic.pk)  # as it is after a tap a moment ago
        stated.restate(clinic, Source.OWNER)
        clinic.save(update_fields=["answers", "answers_stated", "availability_bits", "updated_at"])
        confirm(clinic, stated_groups(clinic), Source.OWNER, by, phone_changed=False)
        for request in clinic.confirmation_requests.filter(answered_at=None, asked_on__gte=oldest_link()):
            request.answer_with(ConfirmationRequest.Answer.STILL_RIGHT)


def due_clinics():
    """Listed clinics with a working address whose contact, and whose last request if any, is stale."""
    asked = ConfirmationRequest.objects.filter(clinic=OuterRef("pk"), asked_on__gt=stale_since())
    return reachable_clinics().stale().exclude(Exists(asked))


def request_confirmation(clinic: Clinic, reason: str = ConfirmationRequest.Reason.DUE) -> ConfirmationRequest | None:
    """Store a request of today, unless there is one or the clinic has no working address."""
    mail_to = reachable_clinics().filter(pk=clinic.pk).values_list("mail_to", flat=True).first()
    if mail_to is None:
        return None
    request, _is_new = ConfirmationRequest.objects.get_or_create(
        clinic=clinic, asked_on=timezone.localdate(), defaults={"email": mail_to, "reason": reason}
    )
    if request.answered_at is None and request.reason != reason == ConfirmationRequest.Reason.REPORTED:
        # It was asked this morning because it was due: another mail says what readers report.
        request.reason = reason
        request.save(update_fields=["reason"])
        request.mails.delete()
    return request


# The mails


def send_due_mails() -> int:
    """Ask the clinics that are due and remind those that did not answer; returns how many mails were sent."""
    for clinic in due_clinics().defer("position").iterator():
        request_confirmation(clinic)
    requests = ConfirmationRequest.objects.filter(answered_at=None, bounced_at=None, asked_on__gte=oldest_link())
    newer = ConfirmationRequest.objects.filter(clinic=OuterRef("clinic"), asked_on__gt=OuterRef("asked_on"))
    requests = with_owner_email(requests.filter(Q(clinic__is_listed=True)).exclude(Exists(newer)), "clinic")
    requests = requests.select_related("clinic").defer("clinic__position")
    return sum(send_mail_of(request) for request in requests.iterator())


def due_step(request: ConfirmationRequest) -> int:
    """The step of the mail that is due: the question, or one of its reminders."""
    age = (timezone.localdate() - request.asked_on).days
    return sum(age >= days for days in settings.REMIND_AFTER_DAYS)


def is_wanted(request: ConfirmationRequest, step: int) -> bool:
    """Whether this mail of a request should go out now: unanswered, to an address of theirs, the step that is due."""
    is_theirs = request.email in (request.owner_email, request.clinic.contact_email)
    is_open = request.answered_at is None and request.bounced_at is None
    return is_open and is_theirs and step == due_step(request)


def send_mail_of(request: ConfirmationRequest) -> bool:
    """Send the latest due mail of a request, unless it or a later one was sent. True if it was sent.

    `request` has its clinic's `owner_email`.
    """
    step = due_step(request)
    later_keys = [request.mail_key(later) for later in request.steps()[step:]]
    if OutgoingEmail.objects.filter(key__in=later_keys).exists() or not is_wanted(request, step):
        return False
    context = {"request": request.pk, "step": step}
    mail = outbox.store(request.mail_key(step), TEMPLATE, to=request.email, context=context)
    if mail is None:  # another worker was quicker
        return False
    if outbox.send(mail.pk):
        return True
    OutgoingEmail.objects.waiting().filter(pk=mail.pk).delete()  # not taken: the next run sends what is due then
    return False


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """Raises outbox.NotWanted if the request is gone, was answered or has a newer one, or if another step is due."""
    newer = ConfirmationRequest.objects.filter(clinic=OuterRef("clinic"), asked_on__gt=OuterRef("asked_on"))
    requests = with_owner_email(ConfirmationRequest.objects.exclude(Exists(newer)), "clinic")
    request = requests.select_related("clinic").defer("clinic__position").filter(pk=mail.context["request"]).first()
    if request is None or not is_wanted(request, mail.context["step"]):
        raise outbox.NotWanted
    return message_of(request, mail.context["step"])


def message_of(request: ConfirmationRequest, step: int) -> EmailMultiAlternatives:
    """A mail of a request, in the active language, as text and as HTML."""
    clinic = request.clinic
    names = {"site": settings.SITE_NAME, "clinic": clinic.full_name, "days": settings.CONFIRMATION_LINK_DAYS}
    subject = _("Is your listing on %(site)s still right?") % names
    if step:
        subject = _("Reminder: is your listing on %(site)s still right?") % names
    opening = _("People who look for treatment find %(clinic)s on %(site)s.") % names
    if request.reason == ConfirmationRequest.Reason.REPORTED:
        opening += " " + _("Readers told us that its phone number does not work.")
    link = f"{settings.SITE_URL}{link_path(request)}"
    lines = [
        opening,
        _("Please look at what it says: one button if it is still right, or correct it in place."),
        link,
        *_asked(clinic),
        _("The link is for this clinic only, works once, and for %(days)d days. You need no account.") % names,
        _("What nobody confirms for long is shown to readers as not known."),
    ]
    message = EmailMultiAlternatives(subject, "\n\n".join(lines) + "\n", to=[request.email])
    context = {"lines": lines, "link": link, "language": get_language(), "site_name": settings.SITE_NAME}
    message.attach_alternative(render_to_string("clinics/confirmation_mail.html", context), "text/html")
    return message


def _asked(clinic: Clinic) -> list[str]:
    """What the page of the link also asks: at most three things that readers filter by and the clinic has not said."""
    asked = gaps_of(clinic, one_tap=True)[:MOST_ASKED]
    if not asked:
        return []
    heading = _("The page also asks what patients near you look for, one tap each:")
    return ["\n".join([heading, *(f"- {gap.question.question}" for gap in asked)])]


def record_bounce(email: str) -> int:
    """No mail reaches this address: its clinics get no more and are called. Returns how many requests that ends."""
    return ConfirmationRequest.objects.filter(email__iexact=email, bounced_at=None).update(bounced_at=timezone.now())
