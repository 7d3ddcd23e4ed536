from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import Exact, In
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import get_language, override

from clinics import availability
from clinics.imports.normalization import place_key
from clinics.models import closures as closing
from clinics.models import merging
from clinics.models.clinic_queries import ClinicQuerySet
from clinics.models.closures import ClosingFields
from clinics.models.phones import PhoneFacts, more_phones, validate_phone
from clinics.models.places import time_zone_of
from clinics.models.points import PointFields
from clinics.models.services import columns_of
from clinics.models.triggers import FORGET_THE_WAYS, KEEP_THE_COPY, RECORD_CHANGES, SAY_WHETHER_IT_TREATS
from clinics.models.word_triggers import KEEP_WORDS
from clinics.search import facets
from clinics.search.distances import Distance
from core.phone_texts import LONGEST_AS_WRITTEN

SHOWN_CHARACTERS = 1200  # of a description, unless the clinic is featured


class Clinic(PhoneFacts, PointFields, ClosingFields):
    """A place of treatment. What no source states stays empty: unknown is not no, and a no is not unknown."""

    name = models.CharField(max_length=200)
    name_detail = models.CharField("program or site", max_length=200, blank=True)
    street = models.CharField(max_length=200, blank=True, help_text="empty: the clinic keeps its address private")
    street_detail = models.CharField("suite or building", max_length=200, blank=True)
    city = models.CharField(max_length=80)
    city_slug = models.SlugField(max_length=80, editable=False)
    state = models.CharField(max_length=2)
    zip_code = models.CharField("ZIP code", max_length=5, blank=True)
    zip4 = models.CharField("ZIP+4", max_length=4, blank=True)
    county = models.CharField(max_length=60, blank=True)
    phone = models.CharField(
        max_length=24, blank=True, validators=[validate_phone], help_text="the clinic's own: 617-555-0100 x12"
    )
    intake_phones = ArrayField(models.CharField(max_length=24, validators=[validate_phone]), default=list, blank=True)
    hotlines = more_phones("lines for a crisis, answered day and night")
    other_phones = more_phones("further numbers, whose use no source states")
    phone_as_written = models.CharField(
        max_length=LONGEST_AS_WRITTEN,
        blank=True,
        default="",
        db_default="",
        help_text="the words a source puts beside the numbers, or what it gives in place of one that can be dialled",
    )
    # The number that readers are shown first.
    phone_for_new_patients = models.GeneratedField(
        expression=Coalesce(NullIf("intake_phones__0", Value("")), "phone"),
        output_field=models.CharField(max_length=24),
        db_persist=True,
    )
    website = models.URLField(max_length=300, blank=True)
    website_from_owner_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="since when an owner states this website; empty: a list or an editor does",
    )
    description = models.TextField(
        max_length=4000, blank=True, default="", db_default="", help_text="in the clinic's own words; plain text"
    )
    contact_email = models.EmailField(
        "e-mail for reconfirmation",
        max_length=254,
        blank=True,
        default="",
        db_default="",
        help_text="where we ask whether the listing is still right; never shown to readers",
    )
    # Primary keys of Service: 80 a clinic, read whole and written whole, so an array rather than a million rows.
    service_ids = ArrayField(models.IntegerField(), default=list, blank=True, editable=False)
    other_services = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="what a source states in a code that the code book does not know",
    )
    # Services of the code book that are a stated no, such as "Does not treat opioid use disorder".
    denied_service_ids = ArrayField(models.IntegerField(), default=list, db_default=[], blank=True, editable=False)
    place_key = models.BigIntegerField(
        null=True, editable=False, help_text="shared by the programs of one organization at one address"
    )
    treatment_bits = models.BigIntegerField(default=facets.NOT_STATED.mask, editable=False)
    patient_bits = models.BigIntegerField(default=0, editable=False)
    denied_bits = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="the bits of treatment_bits that it says no to"
    )

    sponsored_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="until then it may also appear in the band marked Sponsored"
    )
    is_listed = models.BooleanField("listed", default=True, help_text="readers may find it")
    closed_on = models.DateField(null=True, blank=True, help_text="closed, as reported on this day")
    missing_from = models.CharField(
        max_length=60, blank=True, default="", db_default="", help_text="the newer list that no longer has it"
    )
    phone_reported_on = models.DateField(
        null=True, blank=True, editable=False, help_text="since then several readers have said that the number is dead"
    )
    phone_reported = models.CharField(
        max_length=24,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="that number; empty: the main one",
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged_clinics", editable=False
    )
    is_demo = models.BooleanField("demo", default=False, editable=False, help_text="invented, not a real clinic")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # What queries and pages add to a row that they have read.
    distance: Distance | None = None  # with_distances()
    obstacle = ""  # with_journey_from(), as the next two: of Journey.Obstacle
    minutes_by_car: int | None = None
    roads_as_of: str | None = None  # the day of the map of roads
    by_telehealth = False  # whether it was read for the telehealth group of a search
    contact_source: str | None  # with_contact_source(), as the next two
    contact_edition: str | None
    contact_confirmed_on: date | None

    objects = ClinicQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            # The index of the search: nearest first, and every facet counted without touching the table.
            GistIndex(
                fields=["position"],
                include=[
                    *("treatment_bits", "patient_bits", "availability_bits", "telehealth_bits", "place_key"),
                    *("open_hours", "time_zone", "sponsored_until", "availability_confirmed_on", "id", "zip_code"),
                ],
                condition=Q(is_listed=True),
                name="clinic_by_nearness",
            ),
            models.Index(fields=["state", "city_slug"], name="clinic_by_city"),
            models.Index(fields=["zip_code"], name="clinic_by_zip"),
            models.Index(fields=["name", "id"], name="clinic_by_name"),
            # The programs of a place; a clinic without a street is a place of its own.
            models.Index(Coalesce("place_key", F("id") * -1), name="clinic_by_place"),
            models.Index(fields=["phone"], name="clinic_by_phone"),
            # Those that treat by telehealth in their own state are counted from the index alone, beside the few that
            # name the states they treat.
            models.Index(
                fields=["state"],
                condition=Q(
                    Exact(
                        CombinedExpression(F("treatment_bits"), "&", Value(facets.MEDICINE_BY_TELEHEALTH)),
                        facets.MEDICINE_BY_TELEHEALTH,
                    ),
                    is_listed=True,
                    telehealth_states__isnull=True,
                ),
                name="clinic_by_telehealth",
            ),
            models.Index(
                fields=["state"], condition=Q(telehealth_states__isnull=False), name="clinic_states_telehealth"
            ),
            models.Index(fields=["phone_for_new_patients"], condition=Q(is_listed=True), name="clinic_by_first_phone"),
            GinIndex(fields=["service_ids"], name="clinic_by_service"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="clinic_coordinates_on_earth",
                violation_error_message="Give both coordinates in decimal degrees, or neither.",
            ),
            # Yes, no and not stated are three values: none is two of them.
            models.CheckConstraint(
                condition=~Q(service_ids__overlap=F("denied_service_ids")), name="clinic_offers_or_denies_a_service"
            ),
            models.CheckConstraint(
                condition=Exact(CombinedExpression(F("treatment_bits"), "&", F("denied_bits")), 0),
                name="clinic_has_or_denies_a_facet",
            ),
            models.CheckConstraint(
                condition=In(
                    F("treatment_bits").bitand(facets.TREATS.mask), [value.mask for value in facets.TREATS.values]
                ),
                name="clinic_treats_is_one_of_three",
            ),
        ]
        triggers = [FORGET_THE_WAYS, KEEP_THE_COPY, RECORD_CHANGES, SAY_WHETHER_IT_TREATS, *KEEP_WORDS]

    def __str__(self):
        return self.full_name

    def save(self, **options: Any) -> None:
        self.derive()
        super().save(**options)

    def derive(self) -> None:
        """Bring what is kept beside its facts into line with them. Does not save."""
        self.city_slug = city_slug(self.city)
        self.place_key = place_key(self.name, self.street, self.zip_code)
        states_hours = self.states_any(availability.HOURS_FIELDS)
        self.time_zone = time_zone_of(self.zip_code, self.state) if states_hours else ""
        self.index_availability()

    def get_absolute_url(self):
        return self.address_in(get_language())

    def address_in(self, language: str) -> str:
        before, after = _address_around(language, get_script_prefix())
        return f"{before}{self.pk}/{self.slug}{after}"

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.name_detail}" if self.name_detail else self.name

    @property
    def slug(self) -> str:
        return _slug_of(f"{self.name} {self.city}")

    @property
    def is_featured(self) -> bool:
        """Its page shows all that it gave: photos, and the description to its end."""
        return self.sponsored_until is not None and self.sponsored_until > timezone.now()

    @property
    def shown_description(self) -> str:
        """What readers see of it: all, or the first characters."""
        text = self.description
        return (
            text if self.is_featured or len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1].rstrip()}…"
        )

    @property
    def distance_miles(self) -> float | None:
        return self.distance.miles if self.distance else None

    @property
    def is_managed(self) -> bool:
        """Whether owners look after it: see listings/."""
        listing = getattr(self, "listing", None)
        return listing is not None and not listing.is_closed

    @property
    def all_service_ids(self) -> list[int]:
        """What it offers and what it denies, as `set_services` takes it."""
        return [*self.service_ids, *self.denied_service_ids]

    def states_any(self, names) -> bool:
        """Whether one of these facts is stated."""
        return any(getattr(self, name) is not None for name in names)

    @cached_property
    def availability_now(self) -> int:
        """Its access filters at this moment, for a reader of whom nothing is known; the search annotates its own."""
        return availability.bits_at(self, timezone.now())

    @property
    def facet_slugs(self) -> dict[str, list[str]]:
        return facets.slugs_by_group(self)

    def set_services(self, services) -> None:
        """Replace what it offers and denies and, with them, the masks that the search counts. Does not save."""
        for column, value in columns_of(services).items():
            setattr(self, column, value)

    def close_through(self, last: date, *, source: str, by, reason: str = "") -> None:
        """Closed from now to the end of the day `last` where it is, in place of what was said before.

        `source`: of Closure.Source. The same again adds nothing. Raises ValidationError, with a sentence.
        """
        closing.close_through(self, last, source=source, by=by, reason=reason)

    def reopen(self) -> bool:
        """End what closes it now; whether anything did."""
        return closing.reopen(self)

    def merge_into(self, other: "Clinic") -> None:
        """Make `other` the one listing of this place. This one stays, unlisted, so that its old address leads there.

        Records, badges, people, photos and readers' reports move. What `other` states stays, and what it leaves empty
        is taken from here, but never a street: an empty one is private. If one of the two was listed, `other` is
        listed. Raises ValueError if one of them was merged before, both are the same, or this one has owners who
        manage it: what they state, and what they pay for, must stay to be found.
        """
        merging.merge(self, other)


@lru_cache(maxsize=64)
def _slug_of(name_and_city: str) -> str:
    """Kept for the length of a page, which shows an address twice: in the list and on the map."""
    return slugify(name_and_city)[:80].strip("-") or "clinic"


@cache
def _address_around(language: str, prefix: str) -> tuple[str, str]:
    """What stands before and after "ID/SLUG": a page of results asks for 40 addresses, and `reverse` is slow."""
    with override(language):
        before, after = reverse("clinics:clinic_detail", args=[0, "slug"]).split("0/slug")
    return before, after


@lru_cache(maxsize=32768)  # of all cities: imports and the tables of places ask for each many times
def city_slug(city: str) -> str:
    """The last part of a city's address, the same for "St. Louis" and "Saint Louis"."""
    words = slugify(city).split("-")
    return "-".join({"saint": "st", "fort": "ft", "mount": "mt"}.get(word, word) for word in words)[:80]
