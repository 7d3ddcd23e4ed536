"""Rules of law and medicine that a reader may rely on: each with the days on which it holds, and its source."""

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import get_language

from clinics.models.shipped import Shipped
from clinics.postal_codes import POSTAL_CODES
from clinics.states import state_names

KEY = RegexValidator(r"^[a-z0-9-]+$", "Small letters, digits and hyphens.")  # as articles name it
WARNED_DAYS = 60  # before a rule ends or is to be read again, editors hear of it


class Standing(models.TextChoices):
    """Where a day stands to a rule."""

    COMING = "coming"
    HOLDS = "holds"
    ENDED = "ended"


class RuleQuerySet(models.QuerySet):
    def to_check(self, today: date | None = None):
        """Those that end, or are to be read again in their source, within WARNED_DAYS, and those that did."""
        last = (today or timezone.localdate()) + timedelta(days=WARNED_DAYS)
        return self.with_check_by().filter(check_by__lte=last)

    def with_check_by(self):
        """Each with `check_by`, the day by which an editor must have looked at its source."""
        return self.annotate(check_by=Least("valid_until", "review_by"))


class Rule(Shipped):
    """One rule, as pages tell it while it holds. `valid_until` is its last day; None: no end is known."""

    key = models.SlugField(unique=True, validators=[KEY], help_text="Pages and articles name the rule by it.")
    title_en = models.CharField("title", max_length=120)
    title_es = models.CharField("title in Spanish", max_length=120)
    text_en = models.TextField("text", help_text="What holds, in the present tense, without its dates.")
    text_es = models.TextField("text in Spanish")
    states = ArrayField(
        models.CharField(max_length=2),
        default=list,
        blank=True,
        help_text="Postal codes with commas between them, such as NY,NJ; empty: the whole country.",
    )
    valid_from = models.DateField(help_text="Its first day.")
    valid_until = models.DateField(null=True, blank=True, help_text="Its last day; empty if no end is known.")
    source = models.CharField(max_length=200, help_text="Who made it, and where it is published.")
    source_url = models.URLField("address of the source", max_length=300)
    checked_on = models.DateField(help_text="When somebody last read the source.")
    reviewer = models.CharField(max_length=120, blank=True, help_text="Who read it.")
    review_by = models.DateField("to be read again by")

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="rule_ends_after_it_begins",
                violation_error_message="The last day is before the first.",
            )
        ]

    def __str__(self):
        return self.title_en

    def clean(self):
        if unknown := sorted(set(self.states or ()) - set(POSTAL_CODES)):
            raise ValidationError({"states": f"There is no state {', '.join(unknown)}."})

    @property
    def title(self) -> str:
        return self.title_es if get_language() == "es" else self.title_en

    @property
    def text(self) -> str:
        return self.text_es if get_language() == "es" else self.text_en

    def standing(self, day: date) -> Standing:
        if day < self.valid_from:
            return Standing.COMING
        return Standing.ENDED if self.valid_until and day > self.valid_until else Standing.HOLDS

    def is_overdue(self, day: date) -> bool:
        """Whether its source should have been read again by that day."""
        return day > self.review_by

    def is_of(self, state: str | None) -> bool:
        """Whether it is told to somebody in `state`: "" if nobody knows where they are, None if it is asked for."""
        return not self.states or state is None or state in self.states

    @property
    def state_names(self) -> str:
        """ "New Jersey, New York"; "" for the whole country."""
        return ", ".join(state_names().get(code, code) for code in sorted(self.states))
