from django.db import models, transaction
from django.utils import timezone
from django_q.tasks import async_task

from listings.models.owner_language import OwnerLanguage

ACCOUNT = "account"  # the template of mails whose text allauth has written


class Mail(models.Model):
    """A mail to be sent once. However often it is enqueued, its unique key makes it one row."""

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
    # Locked, then sent: if a worker dies between the two, it is not sent again, and the admin shows it.
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
        """Send a mail after the commit, unless its key was enqueued before or `to` is empty.

        It is written in the language of its recipient, unless `language` names another.
        """
        if not to:
            return
        values = {"template": template, "to": to, "subscription": subscription, "entry": entry}
        values |= {"language": language or OwnerLanguage.of(to), "facts": facts or {}}
        mail, is_new = cls.objects.get_or_create(key=key, defaults=values)
        if is_new:
            transaction.on_commit(lambda: async_task("listings.emails.delivery.send", mail.pk))

    def lock(self) -> bool:
        """Take it for sending; False if another worker has it or it was sent."""
        unlocked = Mail.objects.filter(pk=self.pk, claimed_at=None, sent_at=None)
        return unlocked.update(claimed_at=timezone.now()) == 1

    def release(self, sentence: str) -> None:
        """Give it back after an error; the next sweep tries again."""
        Mail.objects.filter(pk=self.pk).update(claimed_at=None, error=sentence[:300])

    def mark_sent(self) -> None:
        changes = {"sent_at": timezone.now(), "error": ""}
        if self.template == ACCOUNT:
            changes["facts"] = {}  # the text contains a key to the account
        Mail.objects.filter(pk=self.pk).update(**changes)
