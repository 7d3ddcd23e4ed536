"""Changes of facts that steer a patient, which somebody proposed and an editor has not decided yet."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clinics.verification.lock import Writer

# The facts that a link or a button proposes; the owner's form has submissions of its own.
WRITERS = [(each.value, each.label) for each in (Writer.OWNER, Writer.LINK)]
LABELS = {"phone": _("Phone"), "website": _("Website"), "closed_on": _("It has closed")}


class ProposedChangeQuerySet(models.QuerySet["ProposedChange"]):
    def open(self):
        return self.filter(status=ProposedChange.Status.OPEN)


class ProposedChange(models.Model):
    """New values that wait for an editor, and those that readers see meanwhile."""

    class Status(models.TextChoices):
        OPEN = "open", "to be checked"
        APPROVED = "approved", "checked, and live"
        REJECTED = "rejected", "not taken over"
        WITHDRAWN = "withdrawn", "withdrawn by the owners"

    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="proposed_changes")
    facts = models.JSONField(help_text="{fact: [what readers saw when it was proposed, what is proposed]}")
    writer = models.CharField(max_length=10, choices=WRITERS)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    confirmation_request = models.ForeignKey(
        "clinics.ConfirmationRequest", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=200, blank=True, help_text="the second way by which it was checked")
    reason = models.CharField(max_length=500, blank=True)

    objects = ProposedChangeQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            # A button that is pressed twice proposes once.
            models.UniqueConstraint(
                fields=["clinic", "writer", "facts"], condition=Q(status="open"), name="change_proposed_once"
            )
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="proposed_change_queue")]

    def __str__(self):
        return f"{self.clinic}: {', '.join(str(LABELS[name]) for name in self.facts)}"

    @property
    def lines(self) -> list[tuple[str, Any, Any]]:
        """(label, before, proposed) of each fact, as people read them."""
        return [(str(LABELS[name]), *(_shown(name, value) for value in pair)) for name, pair in self.facts.items()]

    @property
    def proposed(self) -> dict[str, Any]:
        return {name: after for name, (_before, after) in self.facts.items()}

    @property
    def closes(self) -> bool:
        return "closed_on" in self.facts

    def decide(self, status: str, by, *, reason: str = "", confirmed_by: str = "") -> None:
        """Store the decision. Raises ValueError, with a sentence, if it was decided before."""
        current = ProposedChange.objects.select_for_update().get(pk=self.pk)
        if current.status != self.Status.OPEN:
            raise ValueError(f"This change was decided already: {current.get_status_display()}.")
        values = {"status": status, "decided_by": by, "decided_at": timezone.now()}
        for name, value in (values | {"reason": reason, "confirmed_by": confirmed_by}).items():
            setattr(self, name, value)
        self.save(update_fields=[*values, "reason", "confirmed_by"])


def _shown(name: str, value: Any) -> Any:
    return date_format(date.fromisoformat(value)) if name == "closed_on" and value else value
