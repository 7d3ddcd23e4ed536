from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

PLACEHOLDERS = ("Sample author", "Sample reviewer")  # whom the starter articles named once: nobody


@dataclass(frozen=True)
class Byline:
    """A person as a page names one."""

    name: str
    credentials: str = ""
    about: str = ""

    def __str__(self):
        return f"{self.name}, {self.credentials}" if self.credentials else self.name


class Person(models.Model):
    """An author or a medical reviewer. Pages that are out keep the name that this person had then."""

    name = models.CharField(max_length=120, unique=True)
    credentials = models.CharField(max_length=120, blank=True, help_text="shown after the name, such as “MD, FASAM”")
    about = models.CharField(max_length=300, blank=True, help_text="one sentence about this person's work")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="account",
        help_text="with which this person signs reviews",
    )
    credentials_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    credentials_recorded_on = models.DateField(null=True, blank=True, editable=False)

    history = HistoricalRecords(user_db_constraint=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"
        permissions = [("record_credentials", "Can link accounts to people and record their credentials")]

    def __str__(self):
        return str(self.byline)

    @property
    def byline(self) -> Byline:
        return Byline(self.name, self.credentials, self.about)

    @property
    def is_placeholder(self) -> bool:
        return self.name in PLACEHOLDERS

    @property
    def has_recorded_credentials(self) -> bool:
        """Whether an administrator has seen them, and which account is this person's."""
        return bool(self.user_id and self.credentials.strip() and self.credentials_recorded_on)

    @property
    def is_shown(self) -> bool:
        """Whether an article that came out names this person, or a review is signed by them."""
        if not self.pk:
            return False
        return self.written.came_out().exists() or self.reviewed.came_out().exists() or self.reviews.exists()

    def record_credentials(self, by) -> None:
        """Note that `by` has seen proof of them. Raises ValueError with a sentence."""
        if self.user_id is None or not self.credentials.strip():
            raise ValueError("State the credentials and the account of this person to record them.")
        if by.pk == self.user_id:
            raise ValueError("Nobody records their own credentials: another administrator does.")
        self.credentials_recorded_by, self.credentials_recorded_on = by, timezone.localdate()

    def forget_credentials(self) -> None:
        """What was recorded does not hold for another name, account or text."""
        self.credentials_recorded_by = self.credentials_recorded_on = None
