import secrets

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from listings.models.listing import Listing, Membership


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Invitation(models.Model):
    """An invitation to manage a listing, for the holder of one e-mail address."""

    listing = models.ForeignKey(Listing, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=6, choices=Membership.Role.choices, default=Membership.Role.EDITOR)
    token = models.CharField(max_length=40, unique=True, default=new_token)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["listing", "email"], name="one_invitation_each")]

    def __str__(self):
        return f"{self.email}: {self.listing}"

    def accept(self, user) -> None:
        """Raises ValueError if it was accepted before. A person who is a member already keeps their role."""
        with transaction.atomic():
            if not Invitation.objects.filter(pk=self.pk, accepted_at=None).update(accepted_at=timezone.now()):
                raise ValueError("This invitation was accepted already.")
            Membership.objects.get_or_create(listing=self.listing, user=user, defaults={"role": self.role})
