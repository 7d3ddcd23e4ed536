"""Pharmacies that filled buprenorphine lately, as people said. What one has today nobody knows: that is asked."""

from contextlib import suppress
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinics.geo import Coordinates
from clinics.imports.normalization import LONGEST_KEY, address_of, name_key, street_key
from clinics.models.clinic import Clinic
from clinics.models.places import ZipCode
from clinics.search.distances import Distance
from core.phones import NotAPhone, normalise_phone, without_extension

LATELY_DAYS = 30  # after the day of the filling; then a report says nothing of today any more
EASTERNMOST = ZoneInfo("Pacific/Guam")  # where the next day has begun first
READERS_TO_SHOW = 2  # different ones; of clinics, which give their name to us, one is enough
# What one writes and another leaves out: "CVS #123", "CVS Pharmacy 123".
KIND_WORDS = frozenset(
    ["pharmacy", "pharmacies", "drug", "drugs", "drugstore", "store", "stores", "rx", "no", "number"]
)


def pharmacy_key(name: str) -> str:
    """The name in the form in which two reports are compared; never empty."""
    words = name_key(name, "").split()
    return " ".join([word for word in words if word not in KIND_WORDS] or words)


def lately(today: date | None = None) -> tuple[date, date]:
    """The first and the last day of a filling that readers are told of."""
    today = today or timezone.localdate()
    return today - timedelta(days=LATELY_DAYS), today


def check_day(day: date) -> None:
    """Raises ValidationError for a day of which nobody would be told."""
    first, _last = lately()
    if day > timezone.now().astimezone(EASTERNMOST).date():
        raise ValidationError(gettext("That day has not come yet. On which day was it filled?"), "future")
    if day < first:
        sentence = gettext("That is more than %(days)d days ago, too long to help somebody who looks today.")
        raise ValidationError(sentence % {"days": LATELY_DAYS}, "old")


class PharmacyQuerySet(models.QuerySet):
    def shown(self):
        """Those whose name, address and number an editor has checked: a reader may have typed anything."""
        return self.filter(checked_on__isnull=False, is_hidden=False)

    def filled_lately(self, today: date | None = None):
        """Those of which enough people say that they filled it within LATELY_DAYS: the one rule of what is told.

        Each with `readers` and `clinics` (how many say so), `first_on`, `last_on` and `forms` (of what they filled).
        """
        counted = Q(reports__filled_on__range=lately(today))
        by_reader = counted & Q(reports__said_by=PharmacyReport.SaidBy.READER) & ~Q(reports__reporter_hash="")
        found = self.shown().annotate(
            readers=Count("reports__reporter_hash", filter=by_reader, distinct=True),
            clinics=Count("reports__clinic", filter=counted, distinct=True),
            first_on=Min("reports__filled_on", filter=counted),
            last_on=Max("reports__filled_on", filter=counted),
            forms=ArrayAgg("reports__form", filter=counted & ~Q(reports__form=""), distinct=True, default=[]),
        )
        return found.filter(Q(readers__gte=READERS_TO_SHOW) | Q(clinics__gte=1))

    def to_check(self, today: date | None = None):
        """Those that wait for an editor: somebody says that they filled it lately."""
        told = PharmacyReport.objects.filter(pharmacy=OuterRef("pk"), filled_on__range=lately(today))
        return self.filter(models.Exists(told), checked_on=None, is_hidden=False)

    def on_the_map(self):
        """Each with `latitude` and `longitude`, those of its ZIP code; without one that has none."""
        own = ZipCode.objects.filter(code=OuterRef("zip_code"))
        points = {name: Subquery(own.values(name)[:1]) for name in ("latitude", "longitude")}
        return self.annotate(**points).filter(latitude__isnull=False)

    def named(self, name: str, street: str, zip_code: ZipCode, phone: str) -> "Pharmacy":
        """The pharmacy that somebody named, made if nobody did before.

        Its number says which it is; else name and ZIP code, unless the streets contradict each other or several may
        be meant. Two who name one at the same moment meet by the constraints of the table.
        """
        phone = without_extension(phone)
        known = self.filter(phone=phone).first() if phone else None
        known = known or self._alike(pharmacy_key(name), street_key(street, ""), zip_code.code, phone)
        if known is None:
            facts = {"name": name, "street": street, "city": zip_code.city, "state": zip_code.state}
            keys = {"name_key": pharmacy_key(name), "street_key": street_key(street, ""), "zip_code": zip_code.code}
            if phone:
                known, _made = self.get_or_create(phone=phone, defaults=facts | keys)
            else:
                known, _made = self.get_or_create(phone="", **keys, defaults=facts)
        elif phone and not known.phone:
            with suppress(IntegrityError), transaction.atomic():  # another has just got this number
                self.filter(pk=known.pk, phone="").update(phone=phone)
        return known.merged_into or known

    def _alike(self, key: str, street: str, zip_code: str, phone: str) -> "Pharmacy | None":
        """The only one of this name in this ZIP code that neither number nor street tells to be another."""
        # What an editor hid keeps no honest report to itself: who names it by its number alone means it.
        told = self.filter(Q(is_hidden=False) | Q(merged_into__isnull=False))
        same_name = told.filter(name_key=key, zip_code=zip_code).select_related("merged_into")
        found = {
            (each.merged_into or each).pk: each
            for each in (same_name.filter(phone="") if phone else same_name)
            if not (street and each.street_key) or address_of(street) == address_of(each.street_key)
        }
        return found.popitem()[1] if len(found) == 1 else None


class Pharmacy(models.Model):
    """A pharmacy that somebody named. It stands at its ZIP code, and says nothing of itself."""

    # As distances of clinics are told (clinics/search/distances.py): known to the ZIP code, and no way to it.
    is_approximate, is_at_city, obstacle, minutes_by_car = True, False, "", None
    latitude: float
    longitude: float
    distance: Distance  # from where a reader is
    readers: int  # and so on, of a row of `filled_lately()`
    clinics: int
    first_on: date
    last_on: date
    forms: list[str]

    name = models.CharField(max_length=120)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=60)
    state = models.CharField(max_length=2)
    zip_code = models.CharField("ZIP code", max_length=5)
    phone = models.CharField(max_length=20, blank=True, help_text="Its own, not that of the whole chain.")
    note = models.TextField("note for editors", max_length=1000, blank=True)
    checked_on = models.DateField(null=True, blank=True, editable=False, help_text="Readers see it from then on.")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    is_hidden = models.BooleanField("hidden from readers", default=False)
    merged_into = models.ForeignKey("self", models.CASCADE, null=True, blank=True, editable=False, related_name="+")
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # In the form in which two reports are compared.
    name_key = models.CharField(max_length=LONGEST_KEY, editable=False)
    street_key = models.CharField(max_length=LONGEST_KEY, blank=True, editable=False)

    objects = PharmacyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "pharmacies"
        ordering = ["state", "city", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=~Q(phone=""),
                name="one_pharmacy_a_number",
                violation_error_message="Another pharmacy has this number: are the two the same?",
            ),
            models.UniqueConstraint(
                fields=["zip_code", "name_key", "street_key"],
                condition=Q(phone=""),
                name="one_pharmacy_a_name_without_number",
            ),
            models.CheckConstraint(condition=Q(checked_on=None) | ~Q(phone=""), name="checked_pharmacy_can_be_called"),
        ]

    def __str__(self):
        return f"{self.name}, {self.city}, {self.state}"

    def save(self, *args, **options):
        self.name_key, self.street_key = pharmacy_key(self.name), street_key(self.street, "")
        super().save(*args, **options)

    def clean(self):
        try:
            self.phone = without_extension(normalise_phone(self.phone))
        except NotAPhone as error:
            raise ValidationError({"phone": f"{error}."}) from error
        if not ZipCode.objects.filter(pk=self.zip_code).exists():
            raise ValidationError({"zip_code": "There is no such ZIP code."})

    @property
    def coordinates(self) -> Coordinates:
        """Of a row of `on_the_map()`."""
        return Coordinates(self.latitude, self.longitude)

    @property
    def told(self) -> str:
        """What people say of a row of `filled_lately()`, with its days: never that it has the medicine now."""
        who = [
            words % {"count": count}
            for words, count in (
                (ngettext("%(count)s reader", "%(count)s readers", self.readers), self.readers),
                (ngettext("%(count)s clinic", "%(count)s clinics", self.clinics), self.clinics),
            )
            if count
        ]
        first, last = (date_format(day, "MONTH_DAY_FORMAT") for day in (self.first_on, self.last_on))
        one_day = gettext("Filled buprenorphine on %(last)s, as %(who)s said.")
        several = gettext("Filled buprenorphine between %(first)s and %(last)s, as %(who)s said.")
        said_by = get_text_list(who, gettext("and"))
        told = (one_day if first == last else several) % {"first": first, "last": last, "who": said_by}
        forms = ", ".join(str(PharmacyReport.Form(form).label) for form in self.forms)
        return " ".join(filter(None, [told, forms and gettext("Form: %(forms)s.") % {"forms": forms}]))

    def check_facts(self, by) -> None:
        """An editor says that name, address and number are right. Raises ValueError where one is missing."""
        if not (self.street and self.phone):
            raise ValueError(f"{self} has no {'phone number' if self.street else 'street'} yet: add it first.")
        self.checked_on, self.checked_by = timezone.localdate(), by
        self.save(update_fields=["checked_on", "checked_by"])

    def merge_into(self, other: "Pharmacy") -> None:
        """Both are one place: `other` has the reports of both, and whoever names this one means it.

        A reader who named both counts twice: the codes of senders at two pharmacies cannot be compared.
        """
        with transaction.atomic():
            both = Pharmacy.objects.filter(pk__in=[self.pk, other.pk]).order_by("pk")
            list(both.select_for_update())
            if self.pk == other.pk or other.merged_into_id:
                raise ValueError(f"{self} cannot be merged into {other}.")
            self.reports.update(pharmacy=other)
            Pharmacy.objects.filter(merged_into=self).update(merged_into=other)
            other.street = other.street or self.street
            other.save(update_fields=["street", "street_key"])
            self.merged_into, self.is_hidden = other, True
            self.save(update_fields=["merged_into", "is_hidden"])


class PharmacyReportQuerySet(models.QuerySet):
    def aged_out(self, today: date | None = None):
        """Those of which readers are told no longer."""
        return self.filter(filled_on__lt=lately(today)[0])


class PharmacyReport(models.Model):
    """Somebody says that a pharmacy filled buprenorphine on a day. Nothing about the person is stored."""

    class SaidBy(models.TextChoices):
        READER = "reader", "a reader"
        OWNER = "owner", "a clinic, in its account"
        CALLER = "caller", "a clinic, when it was called"

    class Form(models.TextChoices):
        FILM_OR_TABLETS = "film-or-tablets", _("film or tablets")
        INJECTION = "injection", _("injection")

    pharmacy = models.ForeignKey(Pharmacy, models.CASCADE, related_name="reports")
    filled_on = models.DateField(db_index=True)
    said_by = models.CharField(max_length=6, choices=SaidBy.choices)
    clinic = models.ForeignKey(Clinic, models.CASCADE, null=True, blank=True, help_text="which says so, if one does")
    form = models.CharField(max_length=15, choices=Form.choices, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Distinguishes the senders of one pharmacy's reports while these count, and nothing else: see `code_of`.
    reporter_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = PharmacyReportQuerySet.as_manager()

    class Meta:
        ordering = ["-filled_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(said_by="reader", clinic=None) | ~Q(said_by="reader") & Q(clinic__isnull=False),
                name="pharmacy_report_of_a_reader_or_clinic",
            )
        ]

    def __str__(self):
        return f"{self.pharmacy}: {self.filled_on}"
