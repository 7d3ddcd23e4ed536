"""What an owner manages: one clinic, its status, and the people who may change it."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic

LIVE = ("live", "needs-confirmation")


class ListingQuerySet(models.QuerySet["Listing"]):
    def of(self, user: User, *roles: str) -> Self:
        """The listings that `user` manages, in one of `roles` if given."""
        membership: dict[str, object] = {"memberships__user": user}
        if roles:
            membership["memberships__role__in"] = roles
        return self.filter(**membership).distinct()

    def live(self) -> Self:
        return self.filter(status__in=LIVE)


class Listing(models.Model):
    """One practice of one or more owners. Its status and its plan do not depend on each other."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("not submitted yet")
        SUBMITTED = "submitted", _("waiting for review")
        IN_REVIEW = "in-review", _("in review")
        LIVE = "live", _("live")
        NEEDS_CONFIRMATION = "needs-confirmation", _("live, needs confirmation")
        SUSPENDED = "suspended", _("suspended")
        CLOSED = "closed", _("closed")

    clinic = models.OneToOneField(
        Clinic, models.PROTECT, null=True, blank=True, related_name="listing", help_text="none until it is approved"
    )
    practice_name = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT, editable=False)
    status_reason = models.CharField(max_length=500, blank=True, editable=False)
    status_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    subscription = models.ForeignKey(
        "listings.Subscription", models.PROTECT, null=True, blank=True, related_name="listings", editable=False
    )
    owners = models.ManyToManyField(settings.AUTH_USER_MODEL, through="listings.Membership", related_name="listings")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.practice_name or (str(self.clinic) if self.clinic else f"Listing {self.pk}")

    # Changes of the status. Each raises ValueError with a sentence if the present status does not allow it.

    def submit(self) -> None:
        self._move(self.Status.SUBMITTED, self.Status.DRAFT)

    def start_review(self) -> None:
        self._move(self.Status.IN_REVIEW, self.Status.SUBMITTED)

    def send_back(self, reason: str) -> None:
        """Return it to its owners, with a question or with what is wrong."""
        self._move(self.Status.DRAFT, self.Status.SUBMITTED, self.Status.IN_REVIEW, reason=reason)

    def publish(self, clinic: Clinic | None = None) -> None:
        """Make it live as `clinic`."""
        clinic = clinic or self.clinic
        if clinic is None:
            raise ValueError("A listing without a clinic cannot be live.")
        self._move(self.Status.LIVE, self.Status.SUBMITTED, self.Status.IN_REVIEW, clinic=clinic)

    def ask_to_confirm(self) -> None:
        self._move(self.Status.NEEDS_CONFIRMATION, self.Status.LIVE)

    def confirm(self) -> None:
        self._move(self.Status.LIVE, self.Status.NEEDS_CONFIRMATION)

    def suspend(self, reason: str) -> None:
        self._move(self.Status.SUSPENDED, self.Status.LIVE, self.Status.NEEDS_CONFIRMATION, reason=reason)

    def reinstate(self) -> None:
        self._move(self.Status.LIVE, self.Status.SUSPENDED)

    def close(self, reason: str = "") -> None:
        """The practice has closed: searches no longer find its clinic, whose page says so."""
        with transaction.atomic():
            self._move(self.Status.CLOSED, *(set(self.Status) - {self.Status.CLOSED}), reason=reason)
            self._set_clinic(is_listed=False, closed_on=timezone.localdate())
            if self.subscription and self.subscription.order.listing_id != self.pk:
                self.subscription.release(self)  # a group plan can cover another one instead

    def reopen(self) -> None:
        if self.clinic and self.clinic.merged_into_id:
            raise ValueError(f"{self}: its clinic was merged into {self.clinic.merged_into}.")
        with transaction.atomic():
            self._move(self.Status.LIVE if self.clinic_id else self.Status.DRAFT, self.Status.CLOSED)
            self._set_clinic(is_listed=True, closed_on=None)

    def _set_clinic(self, **values) -> None:
        if self.clinic_id is not None:
            Clinic.objects.filter(pk=self.clinic_id, merged_into=None).update(updated_at=timezone.now(), **values)

    def _move(self, status, *from_statuses, reason: str = "", **changes) -> None:
        with transaction.atomic():
            current = Listing.objects.select_for_update().get(pk=self.pk)
            if current.status not in from_statuses:
                raise ValueError(f"{self} is {current.get_status_display()}; it cannot become {status.label}.")
            changes |= {"status": status, "status_reason": reason, "status_changed_at": timezone.now()}
            for name, value in changes.items():
                setattr(self, name, value)
            self.save(update_fields=list(changes))
            self.sync_sponsored()

    @property
    def is_closed(self) -> bool:
        return self.status == self.Status.CLOSED

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def open_submission(self):
        """The submission that is not decided yet, or None."""
        return self.submissions.open().first()

    @property
    def takes_changes(self) -> bool:
        """Whether its owners may change it now."""
        return self.status not in (self.Status.SUSPENDED, self.Status.CLOSED)

    # Paid or free

    @property
    def is_paid(self) -> bool:
        return self.subscription is not None and self.subscription.is_paid

    def sync_sponsored(self) -> None:
        """Write to the clinic until when it may appear in the Sponsored band. Nothing else of the clinic changes."""
        if self.clinic_id is None:
            return
        subscription = self.subscription
        until = subscription.paid_until if subscription and self.is_live else None
        Clinic.objects.filter(pk=self.clinic_id).update(sponsored_until=until)


def owner_email(clinic) -> models.Subquery:
    """The address of the longest-standing owner, while the listing is live; for the queries of clinics/."""
    owners = Membership.objects.filter(
        listing__clinic=clinic,
        listing__status__in=LIVE,
        role=Membership.Role.OWNER,
        user__is_active=True,
    )
    return models.Subquery(owners.exclude(user__email="").order_by("created_at", "pk").values("user__email")[:1])


class Membership(models.Model):
    """A person who manages a listing."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner: also plan, payments and people")
        EDITOR = "editor", _("editor: the facts")

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.OWNER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "user"], name="one_membership_each")]

    def __str__(self):
        return f"{self.user}: {self.listing}"
