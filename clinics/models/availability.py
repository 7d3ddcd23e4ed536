"""What a patient needs to start: each fact stated, or not known. None is never a yes and never a no."""

import copy
from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models

from clinics import availability, hours
from clinics.models.provenance import FactGroup
from clinics.typed_hours import format_week, parse_week
from clinics.verification import freshness

# Facts that are stated and confirmed together.
FIELDS_BY_GROUP = {
    FactGroup.AVAILABILITY: availability.AVAILABILITY_FIELDS,
    FactGroup.HOURS: availability.HOURS_FIELDS,
}


class WeekField(models.Field):
    """A clinics.hours.Week, kept as an int4multirange so that the database can tell whether a minute lies in it."""

    description = "Weekly hours"

    def db_type(self, connection):
        return "int4multirange"

    def from_db_value(self, value, expression, connection):
        """ "{[540,1020),[1980,2460)}", as the database writes it."""
        if value is None:
            return None
        bounds = [int(bound) for bound in value.strip("{}").replace("[", "").replace(")", "").split(",") if bound]
        return tuple(zip(bounds[::2], bounds[1::2], strict=True))

    def get_prep_value(self, value):
        if value is None:
            return None
        return "{{{}}}".format(",".join(f"[{start},{end})" for start, end in value))

    def to_python(self, value):
        return parse_week(value) if isinstance(value, str) else value

    def value_to_string(self, obj):
        week = self.value_from_object(obj)
        return "" if week is None else format_week(week)


class AvailabilityFields(models.Model):
    """The access facts of a clinic. Who states them, and when: its confirmations of availability and of hours."""

    accepting_new_patients = models.BooleanField("takes new patients", null=True, blank=True)
    days_to_first_visit = models.PositiveSmallIntegerField(
        "days to the first visit",
        null=True,
        blank=True,
        validators=[MaxValueValidator(365)],
        help_text="0: the same day",
    )
    medication_at_first_visit = models.BooleanField("medication can start at the first visit", null=True, blank=True)
    counseling_required = models.BooleanField("counseling is required", null=True, blank=True)
    telehealth_states = ArrayField(
        models.CharField(max_length=2),
        null=True,
        blank=True,
        verbose_name="starts by telehealth in",
        help_text="states whose residents can start by phone or video; an empty list: not by telehealth",
    )
    first_visit_cents = models.PositiveIntegerField(
        "first visit without insurance",
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text="in US cents; 0: free",
    )
    desk_languages = ArrayField(
        models.CharField(max_length=40),
        null=True,
        blank=True,
        verbose_name="languages at the desk",
        help_text="at the front desk and on the phone",
    )
    open_hours = WeekField(null=True, blank=True)
    walk_in_hours = WeekField(null=True, blank=True)
    time_zone = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="of the hours; empty where none are stated",
    )
    answers = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        editable=False,
        help_text="to the questions of clinics/data/questions.csv that have no column, by their keys",
    )
    answers_stated = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        editable=False,
        help_text="who gave each of them, and on which day",
    )
    # Of the confirmation of availability, kept here by a trigger, since the search looks at it.
    availability_confirmed_on = models.DateField(null=True, editable=False)
    availability_bits = models.BigIntegerField(default=0, db_default=0, editable=False)
    telehealth_bits = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True

    def index_availability(self) -> None:
        """Bring what the search looks at into line with the facts. Does not save."""
        self.availability_bits = availability.stated_bits(self)
        self.telehealth_bits = availability.telehealth_bits(self.telehealth_states)

    @property
    def availability_is_unknown(self) -> bool:
        """What it once said of availability is too old to be shown as known."""
        return freshness.freshness(self.availability_confirmed_on, goes_unknown=True) is freshness.Freshness.UNKNOWN

    @property
    def as_known(self) -> "AvailabilityFields":
        """It, or a copy of which no availability is stated any more: what readers may be told today."""
        if not self.availability_is_unknown:
            return self
        known = copy.copy(self)
        for name in availability.AVAILABILITY_FIELDS:
            setattr(known, name, None)
        return known

    def status_at(self, moment: datetime | None = None) -> hours.OpenStatus | None:
        """Whether it is open at `moment` (now), in its own time zone; None where that is not known."""
        return hours.status_at(self.open_hours, self.time_zone, moment)

    @property
    def opening_times(self):
        return hours.opening_times(self.open_hours)

    @property
    def walk_in_times(self):
        return hours.opening_times(self.walk_in_hours)

    @property
    def is_always_open(self) -> bool:
        return self.open_hours == hours.ALL_WEEK

    @property
    def first_visit_dollars(self) -> Decimal | None:
        return None if self.first_visit_cents is None else Decimal(self.first_visit_cents) / 100
