"""Who vouches for a clinic's facts from now on, and the rounds of asking: mails, their links, what comes back.

A mail is a row before it is sent, and a row is never sent twice: after a crash in between, the reminder a week later
takes its place. So a worker that was stopped for a day catches up with one mail for each clinic, the latest due.
"""

from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinics import availability
from clinics.models import (
    Clinic,
    ConfirmationRequest,
    FactGroup,
    Service,
    Source,
)
from clinics.verification.freshness import stale_since
from clinics.verification.provenance import confirm
from core import email as outbox
from core.models import OutgoingEmail

SALT = "clinics.confirmation"
TEMPLATE = "clinics/reconfirmation"  # of the mails of all steps


class LinkRefused(Exception):  # noqa: N818 - the message tells the clinic why
    """A link that opens nothing; str() is a sentence for whoever holds it."""


def still_right(clinic: Clinic, by=None) -> None:
    """The clinic says that all it states is right today: by the link of a mail or in the account of its owner.

    Either way the links under way have their answer, and no reminder follows.
    """
    with transaction.atomic():
        confirm(clinic, stated_groups(clinic), Source.OWNER, by, phone_changed=False)
        for asked in clinic.confirmation_requests.filter(answered_at=None, asked_on__gte=oldest_link()):
            asked.answer_with(ConfirmationRequest.Answer.STILL_RIGHT)


def account_at(email: str):
    """The person who has an account with this address, if any."""
    return get_user_model().objects.filter(email__iexact=email, is_active=True).first()


def stated_groups(clinic: Clinic) -> list[str]:
    """The groups of which the clinic states anything: what "still right" can be said of."""
    of_services = set(Service.objects.filter(pk__in=clinic.service_ids).values_list("group", flat=True))
    stated = {
        FactGroup.CONTACT: True,
        FactGroup.SERVICES: bool(of_services.difference(Service.PAYMENT_GROUPS)),
        FactGroup.PAYMENT: bool(of_services.intersection(Service.PAYMENT_GROUPS)),
        FactGroup.AVAILABILITY: clinic.states_any(availability.AVAILABILITY_FIELDS),
        FactGroup.HOURS: clinic.states_any(availability.HOURS_FIELDS),
    }
    return [group for group, is_stated in stated.items() if is_stated]


# Whom to ask


def due_clinics():
    """Listed clinics with a working address whose contact is stale, unless they were asked since it became so."""
    asked = ConfirmationRequest.objects.filter(clinic=OuterRef("pk"), asked_on__gt=stale_since())
    return reachable_clinics().stale().exclude(Exists(asked))


def reachable_clinics():
    """Listed clinics, each with `mail_to`: its owner's address, else its public one, that no mail came back from."""
    clinics = with_owner_email(Clinic.objects.listed(), "pk")
    taken = {
        name: Q(Exists(ConfirmationRequest.objects.filter(email=OuterRef(name), bounced_at__isnull=False)))
        for name in ("owner_email", "contact_email")
    }
    usable = [When(~Q(**{name: ""}) & ~bounced, then=F(name)) for name, bounced in taken.items()]
    return clinics.annotate(mail_to=Case(*usable, default=Value(""), output_field=CharField())).exclude(mail_to="")


def with_owner_email(rows, clinic: str):
    """Each with `owner_email`, "" without an owner. `clinic` is the name of the column with the clinic's number."""
    found = import_string(settings.OWNER_EMAIL)(OuterRef(clinic))
    return rows.annotate(owner_email=Coalesce(found, Value(""), output_field=CharField()))


def oldest_link() -> date:
    """The day of the oldest mails whose links still work."""
    return timezone.localdate() - timedelta(days=settings.CONFIRMATION_LINK_DAYS)


def ask(clinic: Clinic, reason: str = ConfirmationRequest.Reason.DUE) -> ConfirmationRequest | None:
    """Begin a round today, unless one began today already or the clinic has no working address."""
    mail_to = reachable_clinics().filter(pk=clinic.pk).values_list("mail_to", flat=True).first()
    if mail_to is None:
        return None
    asked, _is_new = ConfirmationRequest.objects.get_or_create(
        clinic=clinic, asked_on=timezone.localdate(), defaults={"email": mail_to, "reason": reason}
    )
    if asked.answered_at is None and asked.reason != reason == ConfirmationRequest.Reason.REPORTED:
        # It was asked this morning because it was its turn: another mail says what readers report.
        asked.reason = reason
        asked.save(update_fields=["reason"])
        asked.mails.delete()
    return asked


# The mails


def send_due_mails() -> int:
    """Ask the clinics whose turn it is, remind those that did not answer; how many mails went out."""
    for clinic in due_clinics().defer("position").iterator():
        ask(clinic)
    rounds = ConfirmationRequest.objects.filter(answered_at=None, bounced_at=None, asked_on__gte=oldest_link())
    newer = ConfirmationRequest.objects.filter(clinic=OuterRef("clinic"), asked_on__gt=OuterRef("asked_on"))
    rounds = with_owner_email(rounds.filter(Q(clinic__is_listed=True)).exclude(Exists(newer)), "clinic")
    rounds = rounds.select_related("clinic").defer("clinic__position")
    return sum(send_mail_of(request) for request in rounds.iterator())


def due_step(request: ConfirmationRequest) -> int:
    """The step of the mail that is due: the question, or one of its reminders."""
    age = (timezone.localdate() - request.asked_on).days
    return sum(age >= days for days in settings.REMIND_AFTER_DAYS)


def send_mail_of(request: ConfirmationRequest) -> bool:
    """Send the latest due mail of a round, if neither it nor a later one was sent. True if it went out.

    `request` has its clinic's `owner_email`.
    """
    step = due_step(request)
    is_theirs = request.email in (request.owner_email, request.clinic.contact_email)
    later_keys = [request.mail_key(later) for later in request.steps()[step:]]
    if OutgoingEmail.objects.filter(key__in=later_keys).exists() or not is_theirs:
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
    requests = ConfirmationRequest.objects.select_related("clinic").defer("clinic__position")
    return message_of(requests.get(pk=mail.context["request"]), mail.context["step"])


def message_of(request: ConfirmationRequest, step: int) -> EmailMultiAlternatives:
    """The mail of a round, in the present language, as text and as HTML."""
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
        _("The link is for this clinic only, works once, and for %(days)d days. You need no account.") % names,
        _("What nobody confirms for long is shown to readers as not known."),
    ]
    message = EmailMultiAlternatives(subject, "\n\n".join(lines) + "\n", to=[request.email])
    context = {"lines": lines, "link": link, "language": get_language(), "site_name": settings.SITE_NAME}
    message.attach_alternative(render_to_string("clinics/confirmation_mail.html", context), "text/html")
    return message


def record_bounce(email: str) -> int:
    """No mail reaches this address: it gets no more, and its clinics go on the call list. How many rounds it ended."""
    return ConfirmationRequest.objects.filter(email__iexact=email, bounced_at=None).update(bounced_at=timezone.now())


# The links


def link_path(request: ConfirmationRequest) -> str:
    token = signing.TimestampSigner(salt=SALT).sign_object({"request": request.pk, "clinic": request.clinic_id})
    return reverse("clinics:clinic_confirm", args=[request.clinic_id, token])


def open_link(pk: int, token: str, *, lock: bool = False) -> ConfirmationRequest:
    """The round that a link of clinic `pk` answers. Raises LinkRefused with a sentence."""
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
    rounds = ConfirmationRequest.objects.select_for_update() if lock else ConfirmationRequest.objects
    request = rounds.filter(pk=signed["request"]).first()
    addresses = with_owner_email(Clinic.objects.filter(pk=pk), "pk").values_list("owner_email", "contact_email").get()
    if request is None or request.email not in addresses:
        raise LinkRefused(_("This link was sent to an address that is no longer the one of this clinic."))
    if request.answered_at:
        raise LinkRefused(_("This link was used already: each one answers once. Thank you for answering."))
    return request
