import secrets
from typing import Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models, transaction
from django.urls import reverse, translate_url
from django.utils import timezone

from core import email as outbox
from listings.models.listing import Listing, Membership
from listings.models.owner_language import OwnerLanguage


def new_token() -> str:
    return secrets.token_urlsafe(24)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def due(self) -> Self:
        """Not mailed yet, of listings that an editor has seen: before that a stranger gets no mail in our name."""
        return self.filter(mailed_at=None, accepted_at=None, listing__clinic__isnull=False)


class Invitation(models.Model):
    """An invitation to manage a listing, for the holder of one e-mail address."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=6, choices=Membership.Role.choices, default=Membership.Role.EDITOR)
    token = models.CharField(max_length=40, unique=True, default=new_token)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="none while no editor has seen the listing")
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["listing", "email"], name="one_invitation_each")]

    def __str__(self):
        return f"{self.email}: {self.listing}"

    def may_be_mailed(self) -> bool:
        """Whether an editor has seen the listing, or the address is a confirmed one of an account that we have."""
        known = EmailAddress.objects.filter(email__iexact=self.email, verified=True, user__is_active=True)
        return self.listing.was_reviewed or known.exists()

    def mail(self) -> None:
        """Mail the link, in the language of the recipient."""
        path = translate_url(reverse("listings:invitation", args=[self.token]), OwnerLanguage.of(self.email))
        context = {"url": f"{settings.SITE_URL}{path}", "listing": str(self.listing), "by": self.invited_by.email}
        outbox.enqueue(f"invitation-{self.pk}", "listings/invitation", to=self.email, context=context)
        self.mailed_at = timezone.now()
        self.save(update_fields=["mailed_at"])

    def accept(self, user) -> None:
        """Raises ValueError if it was accepted before. An owner stays an owner, an editor may become one."""
        with transaction.atomic():
            if not Invitation.objects.filter(pk=self.pk, accepted_at=None).update(accepted_at=timezone.now()):
                raise ValueError("This invitation was accepted already.")
            self.listing.add_member(user, self.role)
