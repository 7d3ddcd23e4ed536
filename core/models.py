import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import connection, models
from django.utils import timezone


class DailySalt(models.Model):
    """A random number for the hashes of one day. Without it, nobody can test addresses against stored hashes."""

    day = models.DateField(primary_key=True)
    salt = models.CharField(max_length=64)

    KEPT_DAYS = 2

    def __str__(self):
        return f"{self.day}"

    @classmethod
    def of(cls, day) -> str:
        """The salt of `day`, made if there is none yet. Those of two days ago and of later days are deleted."""
        salts = dict(cls.objects.filter(day__gte=day).values_list("day", "salt"))
        if salts.keys() == {day}:
            return salts[day]
        # Later ones come from a clock that was ahead, and would stay until their day is over.
        kept = (day - timedelta(days=cls.KEPT_DAYS - 1), day)
        cls.objects.exclude(day__range=kept).delete()
        # Requests at the same moment all use the salt that was stored first.
        DailySalt.objects.bulk_create([DailySalt(day=day, salt=secrets.token_hex(32))], ignore_conflicts=True)
        salt = cls.objects.filter(day=day).values_list("salt", flat=True).first()
        return salt or cls.of(day)  # at midnight, a request that still saw yesterday may have deleted it


class RateCount(models.Model):
    """How often one sender did one thing lately. The sender is a hash of address and daily salt, never an address."""

    key = models.CharField(max_length=64, primary_key=True)
    day = models.DateField(db_index=True)
    period = models.PositiveIntegerField(default=0, db_default=0)  # of the day; the count is of this one alone
    count = models.PositiveIntegerField()

    DAY_MINUTES = 24 * 60

    def __str__(self):
        return f"{self.day}: {self.count}"

    @classmethod
    def allows(cls, action: str, sender: str, limit: int, minutes: int = DAY_MINUTES) -> bool:
        """Count one more `action` of `sender`; False once there were more than `limit` in this period of the day.

        One statement, so that of any number of parallel requests exactly `limit` pass.
        """
        key, now = cls._key(action, sender), timezone.localtime()
        table = connection.ops.quote_name(cls._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (key, day, period, count) VALUES (%s, %s, %s, 1) "  # noqa: S608 - our own table
                f"ON CONFLICT (key) DO UPDATE SET period = EXCLUDED.period, count = CASE "
                f"WHEN {table}.period = EXCLUDED.period THEN {table}.count + 1 ELSE 1 END RETURNING count",
                [key, now.date(), (now.hour * 60 + now.minute) // minutes],
            )
            [count] = cursor.fetchone()
            if count == 1:
                cursor.execute(f"DELETE FROM {table} WHERE day <> %s", [now.date()])  # noqa: S608
        return count <= limit

    @classmethod
    def forgive(cls, action: str, sender: str) -> None:
        """Take one back that proved harmless, such as a log-in with the right password."""
        cls.objects.filter(key=cls._key(action, sender), count__gt=0).update(count=models.F("count") - 1)

    @staticmethod
    def _key(action: str, sender: str) -> str:
        salted = f"{DailySalt.of(timezone.localdate())} {action} {sender}".encode()
        return hmac.new(settings.SECRET_KEY.encode(), salted, hashlib.sha256).hexdigest()


class OutgoingEmailQuerySet(models.QuerySet):
    def unsent(self):
        """Not handed over to the mail server yet. One that is locked had its worker die: a person looks at it."""
        return self.filter(sent_at=None, bounced_at=None)

    def waiting(self):
        """Free to be sent."""
        return self.unsent().filter(locked_at=None)


class OutgoingEmail(models.Model):
    """A mail that is owed to somebody (core/email.py). However often one of its key is enqueued, it is sent once."""

    key = models.CharField(max_length=255, unique=True)
    template = models.CharField(max_length=60, help_text="app/name: the app puts it into words")
    to = models.EmailField()
    language = models.CharField(max_length=5, default="en")
    context = models.JSONField(default=dict, blank=True, help_text="what its words need")
    is_secret = models.BooleanField(default=False, help_text="its context opens an account: removed once it is sent")
    created_at = models.DateTimeField(default=timezone.now)
    # Locked, then sent: if a worker dies between the two, it is not sent again, and a person can see that.
    locked_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="the address takes no mail")
    error = models.CharField(max_length=300, blank=True)

    objects = OutgoingEmailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return self.key

    @property
    def app(self) -> str:
        return self.template.partition("/")[0]

    def lock(self) -> bool:
        """Whether it is the caller's to send."""
        waiting = OutgoingEmail.objects.waiting().filter(pk=self.pk)
        return waiting.update(locked_at=timezone.now()) == 1

    def release(self, sentence: str) -> None:
        """It could not be handed over and may be tried again."""
        OutgoingEmail.objects.filter(pk=self.pk).update(locked_at=None, error=sentence[:300])

    def mark_sent(self) -> None:
        changes = {"sent_at": timezone.now(), "error": ""} | ({"context": {}} if self.is_secret else {})
        OutgoingEmail.objects.filter(pk=self.pk).update(**changes)

    def mark_bounced(self) -> None:
        OutgoingEmail.objects.filter(pk=self.pk).update(bounced_at=timezone.now())
