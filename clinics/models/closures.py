"""When a clinic is closed for some days, and notices for the clinics of some counties. Each ends by itself.

Not to be mixed with `Clinic.closed_on`: a clinic that closed for good.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinics import holidays
from clinics.hours import OpenStatus
from clinics.models.availability import AvailabilityFields
from clinics.models.expressions import ClinicsCovered
from clinics.models.places import ZipCode, time_zone_of

if TYPE_CHECKING:
    from clinics.models.clinic import Clinic

MOST_DAYS, MOST_NOTICE_DAYS = 14, 30  # of a closure, of a notice; who still needs it says it again
ALL_HOLIDAYS = holidays.bits_of(holidays.BITS)
_CLOCKS_SET_BACK = timedelta(days=1)  # more than the hour by which a span of days may be longer


class SpanQuerySet(models.QuerySet):
    def active(self, moment: datetime | None = None):
        moment = moment or timezone.now()
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)

    def not_over(self, moment: datetime | None = None):
        """Those that are active, and those that are still to come."""
        return self.filter(ends_at__gt=moment or timezone.now())


class Span(models.Model):
    """Whole days of a time zone. What is over stays, as history."""

    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    time_zone = models.CharField(max_length=40, editable=False, help_text="in which its days were counted")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def set_days(self, first: date, last: date) -> None:
        """From the first day, or from now if that has begun, to the end of the last one. Does not save."""
        self.starts_at = max(midnight(first, self.time_zone), timezone.now())
        self.ends_at = midnight(last + timedelta(days=1), self.time_zone)

    @property
    def first_day(self) -> date:
        return self.starts_at.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def last_day(self) -> date:
        return last_day(self.ends_at, self.time_zone)

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    def end(self) -> None:
        """End it now; one that had not begun leaves nothing."""
        now = timezone.now()
        if self.starts_at >= now:
            self.delete()
        elif self.ends_at > now:
            self.ends_at = now
            self.save(update_fields=["ends_at"])


def is_a_span(name: str, most_days: int) -> list[models.BaseConstraint]:
    longest = timedelta(days=most_days) + _CLOCKS_SET_BACK
    return [
        models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name=f"{name}_ends_after_it_begins"),
        models.CheckConstraint(condition=Q(ends_at__lte=F("starts_at") + longest), name=f"{name}_is_not_too_long"),
    ]


class Closure(Span):
    """A clinic is closed for some days, as its owners or an editor say."""

    class Reason(models.TextChoices):
        WEATHER = "weather", _("bad weather")
        STAFF = "staff", _("staff are out")
        HOLIDAY = "holiday", _("a holiday")
        BUILDING = "building", _("a problem with the building")

    class Source(models.TextChoices):
        OWNER = "owner", _("says the clinic")
        EDITOR = "editor", _("say our editors")

    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="closures")
    reason = models.CharField(max_length=8, choices=Reason.choices, blank=True, help_text="empty: not stated")
    source = models.CharField(max_length=6, choices=Source.choices)

    objects = SpanQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_at"]
        indexes = [models.Index(fields=["ends_at"], name="closure_by_end")]
        constraints = is_a_span("closure", MOST_DAYS)

    def __str__(self):
        return f"{self.first_day} to {self.last_day}"


class CountyNoticeQuerySet(SpanQuerySet):
    def with_clinic_count(self):
        """Each with `clinic_count`: how many listed clinics it covers."""
        return self.annotate(clinic_count=ClinicsCovered())


class CountyNotice(Span):
    """What may close every clinic of some counties, such as a storm: who goes there should call first.

    It covers the clinics whose ZIP code lies in one of the counties, those that are listed later included, and is
    written in none of their rows.
    """

    class Kind(models.TextChoices):
        STORM = "storm", _("storm notice")
        FIRE = "fire", _("fire notice")
        FLOOD = "flood", _("flood notice")
        OTHER = "other", _("notice")

    kind = models.CharField(max_length=5, choices=Kind.choices)
    state = models.CharField(max_length=2)
    counties = ArrayField(models.CharField(max_length=60), help_text="As the table of ZIP codes names them.")
    zip_codes = ArrayField(models.CharField(max_length=5), editable=False, help_text="of these counties")
    text_en = models.CharField(
        "what else to say", max_length=300, blank=True, help_text="Shown on the pages of clinics."
    )
    text_es = models.CharField("the same in Spanish", max_length=300, blank=True)
    source = models.CharField(max_length=120, help_text="Who issued it, such as National Weather Service.")
    source_url = models.URLField("address of the source", max_length=300)

    objects = CountyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "county notice"
        ordering = ["-ends_at"]
        indexes = [models.Index(fields=["ends_at"], name="notice_by_end")]
        constraints = is_a_span("notice", MOST_NOTICE_DAYS)

    def __str__(self):
        return f"{self.kind}: {', '.join(self.counties)}, {self.state}"

    def save(self, **options):
        in_them = ZipCode.objects.filter(state=self.state, county__in=self.counties)
        self.zip_codes = list(in_them.order_by("code").values_list("code", flat=True))
        super().save(**options)


COUNTIES = """
    SELECT zips.state, zips.county, count(*)
    FROM clinics_clinic AS clinic JOIN clinics_zipcode AS zips ON zips.code = clinic.zip_code
    WHERE clinic.is_listed AND zips.county <> '' GROUP BY 1, 2 ORDER BY 1, 2
"""


def counties_with_clinics() -> list[tuple[str, str, int]]:
    """(state, county, number of its listed clinics)."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTIES)
        return cursor.fetchall()


@dataclass(frozen=True)
class ClosedNow:
    """A closure as readers are told of it."""

    reason: str
    source: str
    ends_at: datetime
    time_zone: str

    @property
    def last_day(self) -> date:
        return last_day(self.ends_at, self.time_zone)

    @property
    def ends_today(self) -> bool:
        return self.last_day == local_day(self.time_zone)


@dataclass(frozen=True)
class NoticeNow:
    """A notice for the county of a clinic, likewise."""

    kind: str
    county: str
    text_en: str
    text_es: str
    source: str
    source_url: str
    ends_at: datetime
    time_zone: str

    @property
    def last_day(self) -> date:
        return last_day(self.ends_at, self.time_zone)

    @property
    def text(self) -> str:
        return self.text_es or self.text_en if get_language() == "es" else self.text_en


class ClosingFields(AvailabilityFields):
    """What is true of a clinic for some days. Queries of lists add both texts (`with_closings`)."""

    class Meta:
        abstract = True

    @cached_property
    def closure_now(self) -> str | None:
        return self._closings_now[0]

    @cached_property
    def notice_now(self) -> str | None:
        return self._closings_now[1]

    @cached_property
    def _closings_now(self) -> tuple[str | None, str | None]:
        """Asked for where the query of the clinic did not bring them."""
        if self.pk is None:
            return None, None
        found = type(self)._default_manager.filter(pk=self.pk).with_closings()  # type: ignore[attr-defined]
        return found.values_list("closure_now", "notice_now").first() or (None, None)

    @property
    def closure(self) -> ClosedNow | None:
        return closed_now(self.closure_now) if self.closure_now else None

    @property
    def notice(self) -> NoticeNow | None:
        return notice_now(self.notice_now) if self.notice_now else None

    def status_at(self, moment: datetime | None = None) -> OpenStatus | None:
        """As its hours say, unless it is closed; sometimes nobody knows, as under a notice."""
        now = moment or timezone.now()
        if self.closure_now or closed_for_holiday(self, now):
            return OpenStatus(False)
        status = super().status_at(moment)
        is_uncertain = self.notice_now or may_be_closed_for_holiday(self, now)
        return None if status and status.is_open and is_uncertain else status

    @property
    def open_status(self) -> OpenStatus | None:
        return self.status_at()

    def forget_closings(self) -> None:
        """They are asked for again."""
        for name in ("closure_now", "notice_now", "_closings_now"):
            self.__dict__.pop(name, None)


def local_zone(clinic: "Clinic") -> str:
    """Also of a clinic that states no hours; by its ZIP code, which costs a query."""
    return clinic.time_zone or time_zone_of(clinic.zip_code, clinic.state) or settings.TIME_ZONE


def close_through(clinic: "Clinic", last: date, *, source: str, by, reason: str = "") -> None:
    """See Clinic.close_through."""
    zone = local_zone(clinic)
    today = local_day(zone)
    check_days(today, last, today, MOST_DAYS)
    closure = Closure(clinic=clinic, reason=reason, source=source, created_by=by, time_zone=zone)
    closure.set_days(today, last)
    with transaction.atomic():
        for said in _active_of(clinic):
            if said.ends_at == closure.ends_at and reason in ("", said.reason):
                return
            said.end()
        closure.save()
    clinic.forget_closings()


def reopen(clinic: "Clinic") -> bool:
    """See Clinic.reopen."""
    with transaction.atomic():
        active = _active_of(clinic)
        for closure in active:
            closure.end()
    clinic.forget_closings()
    return bool(active)


def _active_of(clinic: "Clinic") -> list[Closure]:
    """What closes it now: at most one, since two taps at the same moment wait for each other here."""
    list(type(clinic).objects.select_for_update().filter(pk=clinic.pk).values_list("pk"))
    return list(clinic.closures.active())


def closed_for_holiday(clinic, moment: datetime) -> holidays.Holiday | None:
    """The federal holiday of the clinic's own date, if it says that it is closed then.

    Of the weekday on which offices observe one it says nothing: see `may_be_closed_for_holiday`.
    """
    holiday = _named_holiday(clinic, moment)
    return None if holiday is None or holiday.is_observed else holiday


def may_be_closed_for_holiday(clinic, moment: datetime) -> bool:
    """Whether offices observe today a holiday on which it is closed, so that nobody knows whether it is open."""
    holiday = _named_holiday(clinic, moment)
    return holiday is not None and holiday.is_observed


def _named_holiday(clinic, moment: datetime) -> holidays.Holiday | None:
    if not clinic.availability_bits & ALL_HOLIDAYS:
        return None
    holiday = holidays.holiday_at(clinic.state, clinic.time_zone, moment)
    return holiday if holiday and holidays.BITS[holiday.key] & clinic.availability_bits else None


def check_days(first: date, last: date, today: date, most_days: int) -> None:
    """Raises ValidationError, with a sentence, unless they are days of the next weeks, not too many."""
    if last < first:
        raise ValidationError(gettext("The last day is before the first."))
    if last < today:
        raise ValidationError(gettext("That day is over."))
    if (last - first).days >= most_days:
        sentence = ngettext(
            "At most %(days)s day at a time. Say it again when it takes longer.",
            "At most %(days)s days at a time. Say it again when it takes longer.",
            most_days,
        )
        raise ValidationError(sentence % {"days": most_days})


def local_day(time_zone: str) -> date:
    return timezone.now().astimezone(ZoneInfo(time_zone)).date()


def midnight(day: date, time_zone: str) -> datetime:
    """The moment at which the day begins."""
    return datetime.combine(day, time(0), ZoneInfo(time_zone))


def last_day(ends_at: datetime, time_zone: str) -> date:
    """The day that ends then; today, where it was ended during the day."""
    return (ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date()


@lru_cache(maxsize=512)
def closed_now(text: str) -> ClosedNow:
    return ClosedNow(**_from_json(text))


@lru_cache(maxsize=512)
def notice_now(text: str) -> NoticeNow:
    facts = _from_json(text)
    return NoticeNow(**facts | {"county": facts["county"] or ""})


def _from_json(text: str) -> dict:
    facts = json.loads(text)
    return facts | {"ends_at": datetime.fromisoformat(facts["ends_at"])}
