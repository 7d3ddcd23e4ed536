import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.form_drafts.models import FormDraft, OpenForm  # noqa: F401 - Django looks for models here


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


class StaffInvitation(models.Model):
    """Whoever holds its link may add the first second factor to this account of staff (core/staff_invitations.py)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=43, help_text="of the link that is valid; the link itself is signed")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return f"{self.user}"

    @staticmethod
    def new_nonce() -> str:
        return secrets.token_urlsafe(32)


class RestoreCheckQuerySet(models.QuerySet):
    def good(self):
        return self.filter(problem="")


class RestoreCheck(models.Model):
    """The trial of a restore: what was in a backup, and what was wrong with it (core/restore_checks.py)."""

    checked_at = models.DateTimeField(default=timezone.now, db_index=True)
    dump = models.CharField(max_length=100, blank=True, help_text="the name of its file")
    tables = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    problem = models.TextField(blank=True, help_text="empty if every table came back as it was")

    objects = RestoreCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-checked_at"]

    def __str__(self):
        return f"{self.dump}: {self.problem or 'good'}"


class ClockWatch(models.Model):
    """The one row of core/clock.py: what the clock said at the last look."""

    believed_at = models.DateTimeField()
    doubted_at = models.DateTimeField(null=True, help_text="the first look after a jump")
    seen_at = models.DateTimeField(null=True, help_text="the last look since then")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_clock")]

    def __str__(self):
        return f"{self.believed_at}"


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


class PaperQuerySet(models.QuerySet["Paper"]):
    def published(self):
        """In force, or once in force."""
        return self.filter(published_on__lte=timezone.localdate())


class Paper(models.Model):
    """One version of a paper in one language (core/papers). What was published is not changed any more."""

    class Slug(models.TextChoices):
        TERMS = "terms", _("Terms")
        REFUNDS = "refunds", _("Refunds")
        OWNERS = "privacy-owners", _("Privacy for owners of listings")
        PRACTITIONERS = "privacy-practitioners", _("Privacy for practitioners who are named")
        ABOUT = "about", _("Who runs this site")
        CONTACT = "contact", _("Contact")
        ADVERTISING = "advertising", _("Advertising")
        EDITORIAL = "editorial-policy", _("Editorial policy")

    ADDRESSES = {
        "terms": "terms",
        "refunds": "refunds",
        "privacy-owners": "privacy/owners",
        "privacy-practitioners": "privacy/practitioners",
        "about": "about",
        "contact": "contact",
        "advertising": "advertising",
        "editorial-policy": "editorial-policy",
    }

    slug = models.CharField("paper", max_length=30, choices=Slug.choices)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    version = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    title = models.CharField(max_length=100)
    text = models.TextField(
        help_text="Empty line: new paragraph. “## ” begins a heading, “- ” an item of a list. **strong**, "
        "[link](/refunds/). {site}, {operator} and {contact} are filled in from the settings."
    )
    note = models.CharField(max_length=300, help_text="what changed since the version before, for readers")
    published_on = models.DateField(
        null=True, blank=True, help_text="from this day on it is in force, and its text stays as it is; empty: a draft"
    )
    is_shipped = models.BooleanField(default=False, editable=False)

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["slug", "-version", "language"]
        constraints = [models.UniqueConstraint(fields=["slug", "language", "version"], name="paper_version_once")]

    def __str__(self):
        return f"{self.get_slug_display()}, version {self.version} ({self.language})"

    def get_absolute_url(self) -> str:
        return reverse(f"papers:{self.slug}_version", args=[self.version])

    def clean(self):
        if self.published_on and self.published_on < timezone.localdate():
            raise ValidationError(
                {"published_on": "A version is in force from today or a later day, never backdated."}
            )

    @property
    def is_published(self) -> bool:
        return self.published_on is not None and self.published_on <= timezone.localdate()


class PaperAcceptance(models.Model):
    """Which version of a paper somebody accepted, and when. Kept with the orders when an account is closed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="paper_acceptances")
    slug = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    accepted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-accepted_at"]
        constraints = [models.UniqueConstraint(fields=["user", "slug", "version"], name="paper_accepted_once")]

    def __str__(self):
        return f"{self.user}: {self.slug} {self.version}"
