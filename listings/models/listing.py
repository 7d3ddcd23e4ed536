"""What an owner manages: one clinic, its status, and the people who may change it."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic
from core import email as outbox
from listings.models.billing_account import BillingAccount
from listings.models.owner_language import OwnerLanguage

if TYPE_CHECKING:
    from listings.models.subscription import Subscription

UNSETTLED = {  # by the status of a plan of the listing that is not over
    "waiting": _("The first payment of a plan for this listing is on its way. There is nothing more to buy."),
    "past-due": _("The last payment of this listing’s plan failed. Settle it on the page “Plan and receipts” first."),
    "disputed": _("A payment of this listing’s plan is disputed. Another plan can begin when that is decided."),
    "refunded": _("The plan of this listing is ending just now. Try again in a few minutes."),
    "paused": _("The plan of this listing is paused. Write to us to go on with it."),
}
LIVE = ("live", "needs-confirmation")
OBJECTION_DAYS = 7  # of the present owners, when somebody else claims their clinic or becomes an owner


class ListingQuerySet(models.QuerySet["Listing"]):
    def of(self, user: User, *roles: str) -> Self:
        """The listings that `user` manages, in one of `roles` if given."""
        membership: dict[str, object] = {"memberships__user": user}
        if roles:
            membership["memberships__role__in"] = roles
        return self.filter(**membership).distinct()

    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def drafts(self) -> Self:
        """Begun; nothing was sent in or bought."""
        return self.filter(status=Listing.Status.DRAFT, clinic=None, orders=None)


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
        return self.practice_name or (
            str(self.clinic) if self.clinic else gettext("Listing %(number)s") % {"number": self.pk}
        )

    # Changes of the status. Each raises ValueError with a sentence if the present status does not allow it.

    def submit(self) -> None:
        self._move(self.Status.SUBMITTED, self.Status.DRAFT)

    def take_back(self) -> None:
        """Return it to its owners, who asked for it before an editor began."""
        self._move(self.Status.DRAFT, self.Status.SUBMITTED)

    def start_review(self) -> None:
        self._move(self.Status.IN_REVIEW, self.Status.SUBMITTED)

    def send_back(self, reason: str) -> None:
        """Return it to its owners, with a question or with what is wrong. What was paid too early is refunded."""
        with transaction.atomic():
            self._move(self.Status.DRAFT, self.Status.SUBMITTED, self.Status.IN_REVIEW, reason=reason)
            self.end_plans("rejected", "all")

    def publish(self, clinic: Clinic | None = None) -> None:
        """Make it live as `clinic`, and mail the invitations that waited for an editor to see it."""
        clinic = clinic or self.clinic
        if clinic is None:
            raise ValueError("A listing without a clinic cannot be live.")
        with transaction.atomic():
            self._move(self.Status.LIVE, self.Status.SUBMITTED, self.Status.IN_REVIEW, clinic=clinic)
            for invitation in self.invitations.due():
                invitation.mail()

    def ask_to_confirm(self) -> None:
        self._move(self.Status.NEEDS_CONFIRMATION, self.Status.LIVE)

    def confirm(self) -> None:
        self._move(self.Status.LIVE, self.Status.NEEDS_CONFIRMATION)

    def suspend(self, reason: str, refund: str = "none") -> None:
        """Its plan ends; `refund` is one of Subscription.RefundWanted."""
        with transaction.atomic():
            self._move(self.Status.SUSPENDED, self.Status.LIVE, self.Status.NEEDS_CONFIRMATION, reason=reason)
            self.end_plans("suspended", refund)

    def reinstate(self) -> None:
        with transaction.atomic():
            self._move(self.Status.LIVE, self.Status.SUSPENDED)
            self.tell_of_rivals()

    def close(self, reason: str = "", closed_on: date | None = None, refund: str = "none") -> None:
        """The practice has closed, today unless said: searches no longer find its clinic, whose page says so.

        Its plan ends; `refund` is one of Subscription.RefundWanted.
        """
        with transaction.atomic():
            self._move(self.Status.CLOSED, *(set(self.Status) - {self.Status.CLOSED}), reason=reason)
            self._set_clinic(is_listed=False, closed_on=closed_on or timezone.localdate())
            self.end_plans("closed", refund)
            self.refresh_from_db(fields=["subscription"])
            if self.subscription and self.subscription.listing_id != self.pk:
                self.subscription.release(self)  # a group plan can cover another one instead

    def reopen(self) -> None:
        if self.clinic and self.clinic.merged_into_id:
            raise ValueError(f"{self}: its clinic was merged into {self.clinic.merged_into}.")
        with transaction.atomic():
            self._move(self.Status.LIVE if self.clinic_id else self.Status.DRAFT, self.Status.CLOSED)
            self._set_clinic(is_listed=True, closed_on=None)
            self.tell_of_rivals()

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

    def end_plans(self, reason: str, refund: str = "none") -> None:
        """Want the end of the plans that were bought for it. One that covers another clinic goes on as its plan."""
        for subscription in self.subscriptions.filter(
            Q(is_open_at_gateway=True) | Q(is_comp=True), end_wanted_at=None
        ):
            others = subscription.listings.live().exclude(pk=self.pk).order_by("pk")
            heir = next((each for each in others if not each.why_no_plan(but=subscription)), None)
            if heir is None:
                subscription.want_end(reason, refund)
            else:
                subscription.move_to(heir)

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
    def was_reviewed(self) -> bool:
        """Whether an editor has let it, or the claim of its clinic, into the directory: it has a clinic since then."""
        return self.clinic_id is not None

    @property
    def is_deletable(self) -> bool:
        """Whether it is a draft that was never sent in, and that no order is about."""
        if self.status != self.Status.DRAFT or self.was_reviewed or self.subscription_id or self.orders.exists():
            return False
        return not self.submissions.exclude(submitted_at=None).exists()

    @property
    def takes_changes(self) -> bool:
        """Whether its owners may change it now."""
        return self.status not in (self.Status.SUSPENDED, self.Status.CLOSED)

    # People

    def others_in_charge(self, user) -> models.QuerySet["Membership"]:
        """The owners who can log in, without `user`."""
        return self.memberships.filter(role=Membership.Role.OWNER, user__is_active=True).exclude(user=user)

    def add_member(self, user, role: str) -> "Membership":
        """Make somebody a member, or a member an owner; the other owners hear of a new owner. An owner stays one."""
        is_owner = role == Membership.Role.OWNER
        with transaction.atomic():
            Listing.objects.select_for_update().get(pk=self.pk)
            member, is_new = Membership.objects.get_or_create(listing=self, user=user, defaults={"role": role})
            if is_owner and not is_new and member.role != role:
                member.role, member.owner_since, is_new = role, timezone.now(), True
                member.save(update_fields=["role", "owner_since"])
            if is_owner and is_new:
                self.tell_owners("new_owner", f"new-owner-{member.pk}-{member.owner_since:%Y%m%d%H%M%S}", but=user)
        return member

    def tell_owners(self, template: str, key: str, *, but) -> None:
        """Mail each owner but one, with a link to the listing, in their language."""
        for member in self.others_in_charge(but).select_related("user"):
            to = member.user.email
            path = translate_url(reverse("listings:listing", args=[self.pk]), OwnerLanguage.of(to))
            context = {"listing": str(self), "url": f"{settings.SITE_URL}{path}", "days": OBJECTION_DAYS}
            outbox.enqueue(f"{key}-{member.user_id}", f"listings/{template}", to=to, context=context)

    def tell_of_rivals(self) -> None:
        """Its owners hear of the proven claims of others that they were not told of yet."""
        for claim in self.clinic.claims.filter(status="open") if self.clinic else ():
            claim.tell_owners()

    def waits_as_owner(self, user) -> bool:
        """Whether `user` became an owner beside others less than OBJECTION_DAYS ago.

        Until then they remove nobody else and change nothing about who pays: the others may find out what happened.
        """
        member = self.memberships.filter(user=user, role=Membership.Role.OWNER).first()
        return member is not None and member.waits_until is not None

    # Paid or free

    @property
    def is_paid(self) -> bool:
        return self.subscription is not None and self.subscription.is_paid

    def why_no_plan(self, but: "Subscription | None" = None) -> str:
        """Why it can take no plan, `but` this one, in a sentence; "" if it can.

        The one rule for buying, covering by a group plan, moving a plan and giving one.
        """
        plans = self.subscriptions.filter(Q(is_open_at_gateway=True) | Q(status="disputed"))
        if but is not None:
            plans = plans.exclude(pk=but.pk)
        if found := plans.first():
            return str(UNSETTLED.get(found.status, _("This listing already has a paid plan.")))
        if self.is_paid and self.subscription != but:
            return str(_("This listing already has a paid plan."))
        if not self.takes_changes:
            return str(_("A listing that is suspended or closed takes no plan."))
        if not self.is_live:
            return str(_("A plan can be bought once the listing is live. Nothing is paid before that."))
        return ""

    @property
    def plan_ends_with_it(self) -> bool:
        """Whether a plan ends when it closes, also one that ends with its period; a group plan goes on for others."""
        return any(
            not subscription.listings.live().exclude(pk=self.pk).exists()
            for subscription in self.subscriptions.filter(is_open_at_gateway=True, end_wanted_at=None)
        )

    def is_paid_by_nobody_but(self, user: User) -> bool:
        """Whether a plan of it is open that nobody else could see and end."""
        active = User.objects.filter(is_active=True).exclude(pk=user.pk)
        others = BillingAccount.objects.filter(payers__user__in=active)
        plans = self.subscriptions.filter(is_open_at_gateway=True, account__payers__user=user)
        return plans.exclude(account__in=others).exists()

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
    monthly_mail = models.BooleanField(default=True, db_default=True, help_text="wants the monthly mail")
    owner_since = models.DateTimeField(default=timezone.now, null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "user"], name="one_membership_each")]

    def __str__(self):
        return f"{self.user}: {self.listing}"

    @property
    def waits_until(self) -> datetime | None:
        """When a new owner may do what the others can: only beside owners who were there before."""
        if self.role != self.Role.OWNER or self.owner_since is None:
            return None
        before = models.Q(owner_since=None) | models.Q(owner_since__lt=self.owner_since)
        until = self.owner_since + timedelta(days=OBJECTION_DAYS)
        if timezone.now() >= until or not self.listing.others_in_charge(self.user).filter(before).exists():
            return None
        return until
