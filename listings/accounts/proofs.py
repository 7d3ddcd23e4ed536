"""The proof of a claim: what begins when an owner chooses one, and the jobs that call a number or ask the register."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from clinics.verification import nppes
from clinics.verification.credentials import is_at
from core import phone_codes
from core.rate_limits import allowed, count
from listings.emails.notifications import notify
from listings.models import Claim
from listings.models.channels import standing_phone, takes_texts

Method, Channel = Claim.Method, Claim.Channel


def start(request, claim: Claim, chosen: dict) -> None:
    """Begin the proof that was chosen, in place of an earlier one. `chosen`: the cleaned data of ClaimForm.

    Raises IntegrityError if this person has another claim of the clinic that waits.
    """
    with transaction.atomic():
        if claim.pk:
            claim.drop_document()
        claim.method, claim.status, claim.proven_at = chosen["method"], Claim.Status.STARTED, None
        claim.email = chosen.get("email", "") if claim.method == Method.EMAIL else ""
        claim.npi = claim.npi_name = claim.npi_finding = claim.code_hash = claim.code_error = ""
        claim.npi_matches, claim.code_channel, claim.code_requested_at = None, "", None
        if claim.method == Method.NPI:
            claim.npi, claim.npi_name = chosen["npi"], chosen["npi_name"]
        if claim.method == Method.DOCUMENT:
            claim.document = chosen["document"]
        if claim.method == Method.PHONE:
            claim.code_channel = Channel.CALL if number_to_call(claim) else Channel.EDITOR
        claim.save()
        if claim.method == Method.EMAIL:
            mail_code(request, claim)
        elif claim.method in (Method.DOCUMENT, Method.NPI):
            claim.mark_proven()
        if claim.method == Method.NPI:
            look_up_later(claim)


def number_to_call(claim: Claim) -> str:
    """The number that a program may call for this claim; "" if an editor has to."""
    phone = standing_phone(claim.clinic) if phone_codes.is_on() else ""
    return "" if Claim.objects.unwanted_at(phone).exists() else phone


def mail_code(request, claim: Claim) -> bool:
    """Mail a new code to the address of the claim; False while the last one is too young."""
    with transaction.atomic():
        if not claim.request_code():
            return False
        path = reverse("listings:claim", args=[claim.pk])
        key = f"claim-code-{claim.pk}-{claim.code_requested_at:%Y%m%d%H%M%S%f}"
        facts = {"code": claim.make_code(), "listing": str(claim.clinic)}
        notify(request, "claim_code", key, claim.email, path, is_secret=True, **facts)
    return True


def send_code(request, claim: Claim, channel: str) -> str:
    """Send another code on this way; the sentence that says why not, or "" if it is on its way."""
    if channel == Channel.EDITOR and claim.method == Method.PHONE:
        Claim.objects.filter(pk=claim.pk).update(code_channel=channel, code_hash="", code_error="")
        return ""
    if claim.next_code_at:
        return _("A code is on its way. Wait for it, or until you can ask for another one.")
    if not allowed(request, "claim code"):
        return _("You have asked for many codes today. Please continue tomorrow, or choose another proof.")
    if claim.method == Method.EMAIL:
        mail_code(request, claim)
        return ""
    phone = number_to_call(claim)
    if not phone or (channel == Channel.TEXT and not takes_texts(phone)):
        return _("We cannot send a code to this number. An editor can call it, or choose another proof.")
    if not count("call of a number", phone):
        return _("This number got several codes today. Please continue tomorrow, or choose another proof.")
    with transaction.atomic():
        if claim.request_code(channel, phone):
            language = get_language() or ""
            transaction.on_commit(lambda: async_task("listings.accounts.proofs.call", claim.pk, language))
    return ""


def call(claim_id: int, language: str) -> str:
    """A job: make the code that was asked for and say or write it, once. A job that dies in between calls nobody."""
    asked = Claim.objects.filter(pk=claim_id, method=Method.PHONE, code_channel__in=[Channel.CALL, Channel.TEXT])
    claim = asked.exclude(code_requested_at=None).first()
    code = claim.make_code() if claim else ""
    if claim is None or not code:
        return "no code is asked for"
    try:
        with translation.override(language):
            text = words_of(code, claim.code_channel)
        phone_codes.send(claim.code_phone, text, channel=claim.code_channel, language=language)
    except phone_codes.NotSent as error:
        claim.mark_not_sent(str(error))
        return "not sent"
    return "sent"


def words_of(code: str, channel: str) -> str:
    """What is said or written, in the active language."""
    names = {"site": settings.SITE_NAME, "code": code if channel == Channel.TEXT else ", ".join(code)}
    names["link"] = f"{settings.SITE_URL}{reverse('listings:unwanted_call')}"
    if channel == Channel.TEXT:
        return _("%(site)s: your code is %(code)s. You did not ask for it? Say so: %(link)s") % names
    return (
        _(
            "This is %(site)s, a directory of clinics. Somebody says that they work here and asked for a code. "
            "If it was you, the code is: %(code)s. If nobody there asked for it, do not give it to anyone."
        )
        % names
    )


def look_up_later(claim: Claim) -> None:
    transaction.on_commit(lambda: async_task("listings.accounts.proofs.look_up", claim.pk))


def look_up(claim_id: int) -> str:
    """A job: what the register (NPPES) says of the NPI of a claim, for the editor who decides it."""
    claim = Claim.objects.select_related("clinic").filter(pk=claim_id).exclude(npi="").first()
    if claim is None:
        return "nothing to look up"
    matches, finding = _finding(claim)
    rows = Claim.objects.filter(pk=claim.pk, npi=claim.npi)
    rows.update(npi_matches=matches, npi_finding=f"{timezone.localdate()}: {finding}"[:500])
    return finding


def _finding(claim: Claim) -> tuple[bool | None, str]:
    if not settings.NPPES_URL:
        return None, "the register is not asked here (NPPES_URL)"
    try:
        practices = nppes.ask_api(claim.npi)
    except nppes.NppesUnavailable as error:
        return None, str(error)
    here = [practice for practice in practices if practice.is_active and is_at(claim.clinic, practice)]
    named = [practice for practice in here if is_named(claim.npi_name, practice.name)]
    if named:
        return True, f"matches: the register has this name at this clinic: {named[0]}"
    if here:
        return False, f"the place matches, the name does not: {here[0]}"
    if practices:
        return False, f"the register has it elsewhere: {practices[0]}"
    return False, "the register has no such NPI that is in use"


def is_named(typed: str, registered: str) -> bool:
    """Whether every word of a registered name, such as "ANA REYES", is among those that were typed."""
    words = {word.strip(".,").casefold() for word in typed.split()}
    wanted = {word.casefold() for word in registered.split()}
    return bool(wanted) and wanted <= words
