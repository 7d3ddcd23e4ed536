from django.db import models, transaction
from django.utils import timezone
from django_q.tasks import async_task

from listings.models.owner_language import OwnerLanguage

ACCOUNT = "account"  # the template of mails that the accounts have put into words themselves


class Mail(models.Model):
    """A mail that is owed to somebody. Its key makes it one of a kind, however often it is asked for."""

    key = models.CharField(max_length=255, unique=True)
    template = models.CharField(max_length=40, help_text="a name of templates/listings/mail/")
    to = models.EmailField()
    language = models.CharField(max_length=5, default="en")
    subscription = models.ForeignKey("listings.Subscription", models.PROTECT, null=True, related_name="mails")
    entry = models.ForeignKey("listings.LedgerEntry", models.PROTECT, null=True, related_name="mails")
    facts = models.JSONField(
        default=dict, blank=True, help_text="what else its words need; a finished text is removed"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # Claimed, then sent: if a worker dies between the two, it is not sent again, and a person can see that.
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return self.key

    @classmethod
    def enqueue(
        cls, key: str, template: str, *, to: str, subscription=None, entry=None, language="", facts=None
    ) -> None:
        """Have it sent after the commit, unless it was asked for before. Who has no address gets none.

        It is in the language of whoever gets it, unless `language` says another.
        """
        if not to:
            return
        wanted = {"template": template, "to": to, "subscription": subscription, "entry": entry}
        wanted |= {"language": language or OwnerLanguage.of(to), "facts": facts or {}}
        mail, is_new = cls.objects.get_or_create(key=key, defaults=wanted)
        if is_new:
            transaction.on_commit(lambda: async_task("listings.emails.delivery.send", mail.pk))

    def lock(self) -> bool:
        """Whether it is the caller's to send."""
        unclaimed = Mail.objects.filter(pk=self.pk, claimed_at=None, sent_at=None)
        return unclaimed.update(claimed_at=timezone.now()) == 1

    def release(self, sentence: str) -> None:
        """It could not be handed over; the next sweep tries again."""
        Mail.objects.filter(pk=self.pk).update(claimed_at=None, error=sentence[:300])

    def mark_sent(self) -> None:
        changes = {"sent_at": timezone.now(), "error": ""}
        if self.template == ACCOUNT:
            changes["facts"] = {}  # it holds a key to the account
        Mail.objects.filter(pk=self.pk).update(**changes)
