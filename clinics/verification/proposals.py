"""Changes that the lock holds back: proposed, told to the old contact, and decided by an editor."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.dispatch import Signal
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinics.models import Clinic, FactGroup, ProposedChange, Source
from clinics.models.proposals import LABELS
from clinics.verification.lock import Writer, waits
from clinics.verification.provenance import confirm
from clinics.verification.recipients import with_owner_email
from core import email as outbox
from core.models import OutgoingEmail

TEMPLATE, DECIDED = "clinics/change_waits", "clinics/change_decided"
Status = ProposedChange.Status
# Sent with `change` and `request` of the editor: what depends on a clinic outside of clinics/ follows.
change_approved = Signal()


def propose(clinic: Clinic, values: dict[str, Any], writer: Writer, *, by=None, asked=None) -> ProposedChange | None:
    """Store the new `values` that the lock holds back, and tell the old contact; None if none of them is new.

    `asked`: the ConfirmationRequest whose link was opened. The caller saves what is live at once.
    """
    if not (waits(writer, values) and LABELS.keys() >= values.keys()):
        raise ValueError(f"{sorted(values)} cannot be proposed.")
    live = Clinic.objects.defer("position").get(pk=clinic.pk)
    facts = {name: [_as_json(getattr(live, name)), _as_json(value)] for name, value in values.items()}
    facts = {name: pair for name, pair in facts.items() if pair[0] != pair[1]}
    if not facts:
        return None
    closing = clinic.proposed_changes.open().filter(writer=writer, facts__has_key="closed_on").first()
    if closing and "closed_on" in facts:  # said again on another day
        return closing
    with transaction.atomic():
        change, is_new = ProposedChange.objects.get_or_create(
            clinic=clinic,
            writer=writer,
            facts=facts,
            status=Status.OPEN,
            defaults={"proposed_by": by, "confirmation_request": asked},
        )
        if is_new:
            tell_old_contact(clinic, f"proposal-{change.pk}")
    return change


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def tell_old_contact(clinic: Clinic, key: str, *, but: tuple[str, ...] = ()) -> None:
    """Mail each address that the clinic has now that a change waits; not those who hear of it anyway (`but`)."""
    known = with_owner_email(Clinic.objects.filter(pk=clinic.pk), "pk").values_list("owner_email", "contact_email")
    addresses = {address.lower(): address for row in known for address in row if address}
    told = {address.lower() for address in but}
    for number, address in enumerate(addresses.values()):
        if address.lower() not in told:
            outbox.enqueue(f"{key}-{number}", TEMPLATE, to=address, context={"clinic": clinic.pk})


def compose(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """The mail to the old contact: nothing in it was typed by the person who proposes the change."""
    clinic = Clinic.objects.defer("position").filter(pk=mail.context["clinic"]).first()
    if clinic is None:
        raise outbox.NotWanted
    names = {"site": settings.SITE_NAME, "clinic": clinic.full_name, "contact": settings.CONTACT_EMAIL}
    link = f"{settings.SITE_URL}{clinic.get_absolute_url()}"
    lines = [
        _("Somebody asked us to change what patients read of %(clinic)s: how to reach it, or who works there.")
        % names,
        link,
        _("Nothing has changed yet. An editor checks it in a second way first, such as a call to the number shown."),
        _("If it was you or your people, you need do nothing."),
    ]
    if settings.CONTACT_EMAIL:
        lines.append(_("If it was not, write to %(contact)s today.") % names)
    else:
        lines.append(_("If it was not, answer this mail today."))
    subject = _("A change to your listing on %(site)s is waiting") % names
    return _message(mail, subject, lines, link)


def compose_decision(mail: OutgoingEmail) -> EmailMultiAlternatives:
    """The mail to whoever proposed a change, once an editor has decided."""
    clinic = Clinic.objects.defer("position").filter(pk=mail.context["clinic"]).first()
    if clinic is None:
        raise outbox.NotWanted
    names = {"site": settings.SITE_NAME, "clinic": clinic.full_name}
    link = f"{settings.SITE_URL}{clinic.get_absolute_url()}"
    if mail.context["is_live"]:
        lines = [_("The change that you proposed for %(clinic)s was checked, and readers see it now.") % names, link]
    else:
        lines = [
            _("The change that you proposed for %(clinic)s was not taken over.") % names,
            mail.context["reason"],
            link,
        ]
    subject = _("The change to your listing on %(site)s is decided") % names
    return _message(mail, subject, lines, link)


def _message(mail: OutgoingEmail, subject: str, lines: list[str], link: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(subject, "\n\n".join(lines) + "\n", to=[mail.to])
    context = {"lines": lines, "link": link, "language": get_language(), "site_name": settings.SITE_NAME}
    message.attach_alternative(render_to_string("clinics/confirmation_mail.html", context), "text/html")
    return message


def approve(change: ProposedChange, by, confirmed_by: str, request=None) -> None:
    """Make the proposed facts live. Raises ValueError, with a sentence, if it was decided or nothing confirms it."""
    if not confirmed_by:
        raise ValueError("Write in which second way you checked it, such as a call to the old number.")
    with transaction.atomic():
        clinic = Clinic.objects.select_for_update().get(pk=change.clinic_id)
        if by == change.proposed_by:
            raise ValueError("You proposed this change yourself: somebody else decides it.")
        for name, (before, _after) in change.facts.items():
            if _as_json(getattr(clinic, name)) != before:
                raise ValueError(
                    f"{LABELS[name]} has changed since this was proposed. Look at what readers see now, and edit the "
                    "clinic or leave it."
                )
        change.decide(Status.APPROVED, by, confirmed_by=confirmed_by)
        if change.closes:
            clinic.is_listed, clinic.closed_on = False, date.fromisoformat(change.proposed["closed_on"])
        phone_before = clinic.phone
        for name, value in change.proposed.items():
            if name != "closed_on":
                setattr(clinic, name, value)
        if "website" in change.facts:
            clinic.website_from_owner_on = timezone.localdate()
        clinic.save()
        if set(change.facts) - {"closed_on"}:
            phone_changed = clinic.has_replaced(phone_before)
            confirm(clinic, [FactGroup.CONTACT], Source.OWNER, change.proposed_by, phone_changed=phone_changed)
        _tell_decision(change)
        change_approved.send(ProposedChange, change=change, request=request)  # receivers may raise ValueError


def withdraw(change: ProposedChange, by) -> None:
    """The owners of the clinic take it back, whoever proposed it. Raises ValueError, with a sentence."""
    with transaction.atomic():
        change.decide(Status.WITHDRAWN, by)


def reject(change: ProposedChange, by, reason: str) -> None:
    """Leave the facts as they are. Raises ValueError, with a sentence."""
    if not reason:
        raise ValueError("Write the reason: it is mailed to whoever proposed it.")
    with transaction.atomic():
        change.decide(Status.REJECTED, by, reason=reason)
        _tell_decision(change)


def _tell_decision(change: ProposedChange) -> None:
    asked, by = change.confirmation_request, change.proposed_by
    to = asked.email if asked else by.email if by else ""
    context = {"clinic": change.clinic_id, "is_live": change.status == Status.APPROVED, "reason": change.reason}
    outbox.enqueue(f"decision-{change.pk}", DECIDED, to=to, context=context)
