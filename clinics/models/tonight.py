"""Whom somebody may turn to tonight beside clinics: lines of states, and hospitals with an emergency department."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language

from clinics.geo import Coordinates
from clinics.models.rules import KEY, WARNED_DAYS
from clinics.models.shipped import Shipped
from clinics.postal_codes import POSTAL_CODES
from core.phones import NotAPhone, normalise_phone

STATES = [(code, code) for code in POSTAL_CODES]


class DatedQuerySet(models.QuerySet):
    def current(self, today: date | None = None):
        """Those whose source is recent enough to be told."""
        return self.filter(valid_until__gte=today or timezone.localdate())

    def to_check(self, today: date | None = None):
        """Those that readers are told no longer within WARNED_DAYS, and those that already are not."""
        return self.filter(valid_until__lte=(today or timezone.localdate()) + timedelta(days=WARNED_DAYS))


class Dated(models.Model):
    """A fact of others, with its source, and the last day on which we tell it."""

    source = models.CharField(max_length=200, help_text="Who says so.")
    source_url = models.URLField("address of the source", max_length=300, blank=True)
    as_of = models.CharField(max_length=20, help_text="The day, month or year of the source.")
    valid_until = models.DateField("told until", help_text="The last day on which readers are told.")

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class StateLine(Dated, Shipped):
    """A telephone line for people with a substance use disorder, which a state runs or pays."""

    key = models.SlugField(unique=True, validators=[KEY], help_text="Stays when the number changes.")
    state = models.CharField(max_length=2, choices=STATES)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, help_text="Ten digits: 211 and 988 are told by every page.")
    is_day_and_night = models.BooleanField("answers day and night", default=False)
    hours_en = models.CharField("hours", max_length=120)
    hours_es = models.CharField("hours in Spanish", max_length=120)
    is_shown = models.BooleanField("shown to readers", default=True)

    class Meta:
        ordering = ["state", "-is_day_and_night", "name"]
        constraints = [models.UniqueConstraint(fields=["state", "phone"], name="one_line_of_a_state_a_number")]

    def __str__(self):
        return f"{self.name} ({self.state})"

    def clean(self):
        try:
            self.phone = normalise_phone(self.phone)
        except NotAPhone as error:
            raise ValidationError({"phone": f"{error}."}) from error

    @property
    def hours(self) -> str:
        return self.hours_es if get_language() == "es" else self.hours_en


class Hospital(Dated):
    """A hospital with an emergency department, where its ZIP code is."""

    facility_id = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=2)
    zip_code = models.CharField("ZIP code", max_length=5)
    phone = models.CharField(max_length=20, blank=True)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        ordering = ["state", "city", "name"]

    def __str__(self):
        return f"{self.name}, {self.city}, {self.state}"

    @property
    def coordinates(self) -> Coordinates:
        return Coordinates(self.latitude, self.longitude)
