"""An owner's proof that a listed clinic is theirs."""

import secrets
from datetime import datetime, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic
from clinics.models.practitioners import validate_npi
from listings.models.listing import OBJECTION_DAYS, Listing, Membership

MOST_TRIES = 5  # to enter one code
CODE_WAIT = timedelta(minutes=10)  # before another code may be asked for
CODE_LIFETIMES = {"email": timedelta(days=1), "phone": timedelta(hours=1)}
EDITORS_CODE_LIFETIME = timedelta(days=1)  # of a code that an editor reads out
UNWANTED_DAYS = 90  # a number is left alone after somebody there has said that they did not want the call
WAITING = ("started", "open")


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06}"


def hashed(claim_id: int, code: str) -> str:
    """A code as it is stored: without SECRET_KEY nobody can try the million codes that there are."""
    return salted_hmac("listings.claim", f"{claim_id}:{code}", algorithm="sha256").hexdigest()


def evidence_name(claim, filename: str) -> str:
    """Where the document is stored: a name that nobody can guess, in a folder that is never served."""
    return f"claims/{secrets.token_hex(16)}{PurePath(filename).suffix.lower()[:5]}"


class ClaimQuerySet(models.QuerySet):
    def waiting(self):
        """Neither approved nor rejected yet."""
        return self.filter(status__in=WAITING)

    def for_editors(self):
        """What an editor can do something about: proof is given, or they are to call."""
        to_call = Q(status="started", method="phone", code_channel__in=["", "editor"])
        return self.filter(Q(status="open") | to_call)

    def rivals_of(self, clinic: Clinic):
        """Claims on this clinic, or on one that was merged into it, of which its owners were told."""
        of_clinic = Q(clinic=clinic) | Q(clinic__merged_into=clinic)
        return self.filter(of_clinic).exclude(owners_told_at=None)

    def unwanted_at(self, phone: str):
        """Those of which somebody at this number said lately that they did not want the call."""
        since = timezone.now() - timedelta(days=UNWANTED_DAYS)
        return self.filter(code_phone=phone, unwanted_at__gt=since)


class Claim(models.Model):
    class Method(models.TextChoices):
        EMAIL = "email", _("e-mail at the clinic's own domain")
        PHONE = "phone", _("code on the clinic's phone")
        NPI = "npi", _("NPI in the national register")
        DOCUMENT = "document", _("document")

    class Status(models.TextChoices):
        STARTED = "started", _("proof not given yet")
        OPEN = "open", _("proof given, waiting for review")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "dropped", _("withdrawn")  # as long as the column takes

    class Channel(models.TextChoices):
        CALL = "call", _("an automated call")
        TEXT = "text", _("a text message")
        EDITOR = "editor", _("a call of an editor")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="claims")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    method = models.CharField(max_length=8, choices=Method.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.STARTED)
    email = models.EmailField(blank=True, help_text="the address at the clinic's own domain")
    # Before codes were hashed it was here; a release that still writes it may run beside this one.
    code = models.CharField(max_length=6, blank=True, default="", db_default="", editable=False)
    code_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    code_requested_at = models.DateTimeField(null=True, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_channel = models.CharField(max_length=6, choices=Channel.choices, blank=True, default="", db_default="")
    code_phone = models.CharField(max_length=12, blank=True, default="", db_default="", help_text="the number called")
    code_error = models.CharField(max_length=200, blank=True, default="", db_default="", help_text="why no code left")
    unwanted_at = models.DateTimeField(null=True, blank=True, help_text="who was called had not asked for it")
    tries = models.PositiveSmallIntegerField(default=0)
    npi = models.CharField(max_length=10, blank=True, default="", db_default="", validators=[validate_npi])
    npi_name = models.CharField(max_length=120, blank=True, default="", db_default="", help_text="as it was typed")
    npi_matches = models.BooleanField(null=True, blank=True, help_text="none while nobody has looked")
    npi_finding = models.CharField(max_length=500, blank=True, default="", db_default="", help_text="of the register")
    document = models.FileField(upload_to=evidence_name, blank=True, help_text="deleted with the decision")
    created_at = models.DateTimeField(default=timezone.now)
    proven_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=1000, blank=True)
    owners_told_at = models.DateTimeField(null=True, blank=True, help_text="none if the clinic has no owners here")
    objection = models.TextField(max_length=1000, blank=True, default="", db_default="")
    objected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    objected_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user"], condition=Q(status__in=["started", "open"]), name="one_claim_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="claim_queue")]

    def __str__(self):
        return f"{self.clinic}: {self.user.email or self.user}"

    @property
    def is_waiting(self) -> bool:
        return self.status in WAITING

    # The code

    @property
    def next_code_at(self) -> datetime | None:
        """Until when nobody can ask for another code; None if it can be asked for now."""
        if self.code_requested_at is None or timezone.now() >= self.code_requested_at + CODE_WAIT:
            return None
        return self.code_requested_at + CODE_WAIT

    @property
    def next_code_minutes(self) -> int:
        """In how many minutes another code can be asked for, rounded up: a clock time would need its time zone."""
        return -(-(self.next_code_at - timezone.now()) // timedelta(minutes=1)) if self.next_code_at else 0

    @property
    def asks_for_code(self) -> bool:
        """Whether a code can be entered: one was asked for, is not too old, and was not tried too often.

        Also before a job has made it, so that the field is there when the phone rings.
        """
        is_asked = self.code_requested_at is not None or self.code_channel == self.Channel.EDITOR
        is_valid = self.code_expires_at is None or timezone.now() < self.code_expires_at
        return self.status == self.Status.STARTED and is_asked and is_valid and self.tries < MOST_TRIES

    def request_code(self, channel: str = "", phone: str = "") -> bool:
        """Note that a code is asked for; False while the last one is too young. The one before works no more."""
        now = timezone.now()
        free = Q(code_requested_at=None) | Q(code_requested_at__lte=now - CODE_WAIT)
        values = {"code_requested_at": now, "code_channel": channel, "code_phone": phone}
        values |= {"code_hash": "", "code_expires_at": None, "code_error": "", "tries": 0}
        if not Claim.objects.filter(free, pk=self.pk, status=self.Status.STARTED).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True

    def make_code(self, lifetime: timedelta | None = None) -> str:
        """The code that was asked for, of which the hash alone is stored; "" if it was made before, by another job."""
        code, lifetime = new_code(), lifetime or CODE_LIFETIMES[self.method]
        values = {"code_hash": hashed(self.pk, code), "code_expires_at": timezone.now() + lifetime, "tries": 0}
        asked = Claim.objects.filter(pk=self.pk, status=self.Status.STARTED, code_requested_at=self.code_requested_at)
        return code if asked.filter(code_hash="").update(**values) else ""

    def mark_not_sent(self, reason: str) -> None:
        """No code left, so another can be asked for at once."""
        values = {"code_error": reason[:200], "code_hash": "", "code_requested_at": None, "code_expires_at": None}
        Claim.objects.filter(pk=self.pk, code_requested_at=self.code_requested_at).update(**values)

    def try_code(self, typed: str) -> bool:
        """Whether this is the code. The try is counted first, so that parallel guesses cannot exceed MOST_TRIES."""
        valid = Claim.objects.filter(pk=self.pk, status=self.Status.STARTED, code_expires_at__gt=timezone.now())
        if not valid.exclude(code_hash="").filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
            return False
        self.refresh_from_db()
        if not self.has_code(typed):
            return False
        self.mark_proven()
        return True

    def has_code(self, typed: str) -> bool:
        """Whether this is its latest code, however old."""
        return bool(self.code_hash) and secrets.compare_digest(hashed(self.pk, typed), self.code_hash)

    # From the proof to the decision

    def mark_proven(self) -> None:
        with transaction.atomic():
            self.status, self.proven_at, self.code_hash = self.Status.OPEN, timezone.now(), ""
            self.save(update_fields=["status", "proven_at", "code_hash"])
            self.tell_owners()

    def withdraw(self) -> bool:
        """Take it back and delete its document; False if it was decided already."""
        with transaction.atomic():
            current = Claim.objects.select_for_update().get(pk=self.pk)
            if not current.is_waiting:
                return False
            self.drop_document()
            self.status, self.decided_at = self.Status.WITHDRAWN, timezone.now()
            self.code_hash = self.npi = self.npi_name = ""
            self.save(update_fields=["status", "decided_at", "code_hash", "npi", "npi_name"])
        return True

    def drop_document(self) -> None:
        """Without a document from now on; its file is deleted with the transaction."""
        document = Claim.objects.get(pk=self.pk).document
        if document:
            Claim.objects.filter(pk=self.pk).update(document="")
            transaction.on_commit(lambda: document.storage.delete(document.name))
        self.document = ""

    @property
    def listing(self) -> Listing | None:
        """Of the clinic, which may have been merged after it was claimed."""
        return Listing.objects.filter(clinic=self.clinic.merged_into or self.clinic).first()

    def tell_owners(self) -> None:
        """Mail the present owners of the clinic, once: from then on they have OBJECTION_DAYS to object."""
        listing = self.listing
        if self.owners_told_at or not listing or not listing.is_live or not listing.others_in_charge(self.user):
            return
        self.owners_told_at = timezone.now()
        self.save(update_fields=["owners_told_at"])
        listing.tell_owners("rival_claim", f"rival-claim-{self.pk}", but=self.user)

    def _tell_late(self) -> None:
        """Owners whom nobody could tell, as of a listing that was suspended, have their days from now on."""
        with transaction.atomic():
            current = Claim.objects.select_for_update().get(pk=self.pk)
            if current.status == self.Status.OPEN:
                current.tell_owners()

    @property
    def owners_have_until(self) -> datetime | None:
        """When the present owners have had the time to object; None if there is none to ask."""
        return self.owners_told_at + timedelta(days=OBJECTION_DAYS) if self.owners_told_at else None

    @property
    def may_be_objected_to(self) -> bool:
        return self.status == self.Status.OPEN and self.owners_told_at is not None and self.objected_at is None

    def object(self, by, reason: str) -> None:
        """A present owner says why it is not right. Raises ValueError, with a sentence."""
        with transaction.atomic():
            current = Claim.objects.select_for_update().get(pk=self.pk)
            if not current.may_be_objected_to:
                raise ValueError(_("This claim was decided already, or somebody has objected to it."))
            self.objection, self.objected_by, self.objected_at = reason, by, timezone.now()
            self.save(update_fields=["objection", "objected_by", "objected_at"])

    def check_approvable(self, reason: str) -> None:
        """Raises ValueError, with a sentence, while the present owners have time, or if their objection is ignored."""
        until = self.owners_have_until
        if until and self.listing and self.listing.is_live and self.listing.others_in_charge(self.user):
            if timezone.now() < until:
                day = timezone.localtime(until)
                raise ValueError(f"The present owners were told and have until {day:%Y-%m-%d %H:%M} to object.")
            if self.objected_at and not reason:
                raise ValueError("The present owners object: write how you checked that it is theirs all the same.")

    def decide(self, is_theirs: bool, by, reason: str = "") -> Listing | None:
        """Write the decision and delete the document. Returns the listing if it is theirs. Raises ValueError."""
        if is_theirs:
            self._tell_late()
        with transaction.atomic():
            current = Claim.objects.select_for_update().get(pk=self.pk)
            if not current.is_waiting:
                raise ValueError(f"{self} was decided already: {current.get_status_display()}.")
            if is_theirs and current.status != self.Status.OPEN:
                raise ValueError("There is no proof yet.")
            if is_theirs:
                current.check_approvable(reason)
            self.drop_document()
            self.status = self.Status.APPROVED if is_theirs else self.Status.REJECTED
            self.decided_by, self.decided_at, self.reason = by, timezone.now(), reason
            self.save(update_fields=["status", "decided_by", "decided_at", "reason"])
            return self._add_owner() if is_theirs else None

    def _add_owner(self) -> Listing:
        clinic = self.clinic.merged_into or self.clinic  # it may have been merged after it was claimed
        listing = Listing.objects.filter(clinic=clinic).first()
        if listing is None:
            listing = Listing.objects.create(practice_name=clinic.name, clinic=clinic, status=Listing.Status.SUBMITTED)
            listing.publish()
        elif listing.is_closed:  # so that its new owner can change it
            listing.reopen()
        listing.add_member(self.user, Membership.Role.OWNER)
        listing.tell_of_rivals()
        return listing
