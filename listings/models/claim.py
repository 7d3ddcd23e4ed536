"""An owner's proof that a listed clinic is theirs."""

import secrets
from pathlib import PurePath
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic
from listings.models.listing import Listing, Membership

MOST_TRIES = 5  # to enter the code
# Anybody can have an address or a page at these hosts, so it proves nothing.
SHARED_HOSTS = (
    *("gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "aol.com", "icloud.com", "live.com"),
    *("proton.me", "protonmail.com", "comcast.net", "msn.com", "facebook.com", "google.com", "wixsite.com"),
    *("weebly.com", "squarespace.com", "wordpress.com", "godaddysites.com", "linkedin.com", "business.site"),
)


WAITING = ("started", "open")


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06}"


def evidence_name(claim, filename: str) -> str:
    """Where the document is stored: a name that nobody can guess, in a folder that is never served."""
    return f"claims/{secrets.token_hex(16)}{PurePath(filename).suffix.lower()[:5]}"


def own_domain(clinic: Clinic) -> str:
    """The clinic's own domain, at which an e-mail address is proof; "" if there is none."""
    host = (urlsplit(clinic.website).hostname or "").removeprefix("www.")
    shared = any(host == name or host.endswith(f".{name}") for name in SHARED_HOSTS)
    return "" if shared or "." not in host else host


class ClaimQuerySet(models.QuerySet):
    def waiting(self):
        """Neither approved nor rejected yet."""
        return self.filter(status__in=WAITING)


class Claim(models.Model):
    class Method(models.TextChoices):
        EMAIL = "email", _("e-mail at the clinic's own domain")
        PHONE = "phone", _("code read out on the clinic's phone")
        DOCUMENT = "document", _("document")

    class Status(models.TextChoices):
        STARTED = "started", _("proof not given yet")
        OPEN = "open", _("proof given, waiting for review")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="claims")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    method = models.CharField(max_length=8, choices=Method.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.STARTED)
    email = models.EmailField(blank=True, help_text="the address at the clinic's own domain")
    code = models.CharField(max_length=6, default=new_code)
    tries = models.PositiveSmallIntegerField(default=0)
    document = models.FileField(upload_to=evidence_name, blank=True, help_text="deleted with the decision")
    created_at = models.DateTimeField(default=timezone.now)
    proven_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=1000, blank=True)

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

    def try_code(self, typed: str) -> bool:
        """Whether this is the code. The try is counted first, so that parallel guesses cannot exceed MOST_TRIES."""
        counted = Claim.objects.filter(pk=self.pk, status=self.Status.STARTED, tries__lt=MOST_TRIES)
        if not counted.update(tries=F("tries") + 1):
            return False
        if not secrets.compare_digest(typed.encode(), self.code.encode()):
            return False
        self.mark_proven()
        return True

    def mark_proven(self) -> None:
        self.status, self.proven_at = self.Status.OPEN, timezone.now()
        self.save(update_fields=["status", "proven_at"])

    def decide(self, is_theirs: bool, by, reason: str = "") -> Listing | None:
        """Write the decision and delete the document. Returns the listing if it is theirs. Raises ValueError."""
        with transaction.atomic():
            current = Claim.objects.select_for_update().get(pk=self.pk)
            if not current.is_waiting:
                raise ValueError(f"{self} was decided already: {current.get_status_display()}.")
            if is_theirs and current.status != self.Status.OPEN:
                raise ValueError("There is no proof yet.")
            document, self.document = current.document, ""
            self.status = self.Status.APPROVED if is_theirs else self.Status.REJECTED
            self.decided_by, self.decided_at, self.reason = by, timezone.now(), reason
            self.save()
            if document:
                transaction.on_commit(lambda: document.storage.delete(document.name))
            return self._add_owner() if is_theirs else None

    def _add_owner(self) -> Listing:
        clinic = self.clinic.merged_into or self.clinic  # it may have been merged after it was claimed
        listing = Listing.objects.filter(clinic=clinic).first()
        if listing is None:
            listing = Listing.objects.create(practice_name=clinic.name, clinic=clinic, status=Listing.Status.SUBMITTED)
            listing.publish()
        elif listing.is_closed:  # so that its new owner can change it
            listing.reopen()
        Membership.objects.update_or_create(listing=listing, user=self.user, defaults={"role": Membership.Role.OWNER})
        return listing
