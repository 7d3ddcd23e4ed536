from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Exists, F, FilteredRelation, Func, OuterRef, Q, Subquery, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import Exact, In
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import get_language, override

from clinics import availability
from clinics.geo import POINT_IN_SPACE_SQL, Coordinates
from clinics.imports.normalization import place_key
from clinics.models import merging
from clinics.models.availability import AvailabilityFields
from clinics.models.expressions import (
    AsNearAs,
    AvailabilityNow,
    CubeField,
    HasAnyBit,
    Nearness,
    PhoneSharedBy,
    StatesNoMedicine,
    Within,
)
from clinics.models.phones import PhoneFacts, more_phones, validate_phone
from clinics.models.places import time_zone_of
from clinics.models.provenance import Confirmation, FactGroup
from clinics.models.services import columns_of
from clinics.models.triggers import KEEP_THE_COPY, RECORD_CHANGES, SAY_WHETHER_IT_TREATS
from clinics.models.word_triggers import KEEP_WORDS
from clinics.search import facets, treats
from clinics.search.distances import Distance
from core.phone_texts import LONGEST_AS_WRITTEN

SHOWN_CHARACTERS = 1200  # of a description, unless the clinic is featured


class ClinicQuerySet(models.QuerySet):
    def listed(self):
        """What readers may find: neither closed, nor withdrawn."""
        return self.filter(is_listed=True)

    def treating(self, asked: str = treats.DEFAULT):
        """Those that a search of `treats=asked` is about: by default, clinics that state a medicine for opioids."""
        return self.with_masks([("treatment_bits", treats.BITS[asked])])

    def near(self, origin: Coordinates, radius_miles: float | None = None):
        """Clinics nearest `origin` first; with a radius, only those within it.

        In the order of the geodesic miles over the ground (see clinics/geo.py), those at one distance in the order
        of `ties`. Clinics without coordinates are left out.
        """
        rows = self.filter(position__isnull=False).order_by(Nearness(origin), *ties())
        return rows if radius_miles is None else rows.filter(Within(origin, radius_miles))

    def nearest(self, origin: Coordinates, end: int, start: int = 0):
        """The clinics nearest `origin`, from the `start`-th up to the `end`-th.

        The same as `near(origin)[start:end]`, at the price of a walk along the index to the last of them. Before
        version 17 PostgreSQL walks it only for an order by distance alone, so the walk comes first and tells how far
        to look. Ask `near` where the order is not needed or a radius limits it.
        """
        rows = self.filter(position__isnull=False)
        walk = rows.order_by(Nearness(origin)).values(miles=Nearness(origin))[end - 1 : end]
        return rows.filter(AsNearAs(origin, Subquery(walk))).order_by(Nearness(origin), *ties())[start:end]

    def with_facets(self, selection: dict[str, list[facets.FacetValue]]):
        """Clinics that answer every group of `selection`, as the values of the group combine (facets.Combines)."""
        return self.with_masks(facets.masks_of(selection))

    def with_masks(self, masks):
        """Clinics with at least one of the bits of every (column, mask)."""
        return self.filter(*(HasAnyBit(column, mask) for column, mask in masks))

    def with_availability(self, moment=None, state: str = ""):
        """Each with `availability_now`: its mask at `moment` (now), for a reader in `state` (two letters)."""
        return self.annotate(availability_now=AvailabilityNow(moment, state))

    def stale(self):
        """Clinics whose contact no person confirmed lately: it is due to be confirmed again (see `freshness`)."""
        return self.filter(_is_stale())

    def with_is_stale(self):
        return self.annotate(is_stale=_is_stale())

    def with_phone_shared_by(self):
        """Each with `phone_shared_by`: how many listed places have the number that its new patients call."""
        return self.annotate(phone_shared_by=PhoneSharedBy())

    def with_contact_source(self):
        """Each with `contact_source`, `contact_edition` and `contact_confirmed_on`: the source of address and phone.

        None in all three if nobody does.
        """
        of_contact = Q(confirmations__fact_group=FactGroup.CONTACT)
        return self.annotate(
            contact_confirmation=FilteredRelation("confirmations", condition=of_contact),
            contact_source=F("contact_confirmation__source"),
            contact_edition=F("contact_confirmation__edition"),
            contact_confirmed_on=F("contact_confirmation__confirmed_on"),
        )


def ties() -> tuple:
    """The order of clinics that are equally near: those that state a medicine first, then by name."""
    return StatesNoMedicine(), "name", "pk"


def _is_stale():
    return ~Exists(Confirmation.objects.fresh().filter(clinic=OuterRef("pk"), fact_group=FactGroup.CONTACT))


class Clinic(PhoneFacts, AvailabilityFields):
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
    latitude = models.FloatField(null=True, blank=True, help_text="decimal degrees, WGS 84")
    longitude = models.FloatField(null=True, blank=True, help_text="decimal degrees, WGS 84")
    is_approximate = models.BooleanField(
        "approximate location", default=False, help_text="the coordinates are those of the ZIP code, not the address"
    )
    position = models.GeneratedField(
        expression=Func(template=POINT_IN_SPACE_SQL, output_field=CubeField()),
        output_field=CubeField(),
        db_persist=True,
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
    by_telehealth = False  # whether it was read for the telehealth group of a search
    contact_source: str | None  # with_contact_source(), as the next two
    contact_edition: str | None
    contact_confirmed_on: date | None
    query_without_it: str  # of the call sheet

    objects = ClinicQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            # The index of the search: nearest first, and every facet counted without touching the table.
            GistIndex(
                fields=["position"],
                include=[
                    *("treatment_bits", "patient_bits", "availability_bits", "telehealth_bits", "place_key"),
                    *("open_hours", "time_zone", "sponsored_until", "availability_confirmed_on"),
                ],
                condition=Q(is_listed=True),
                name="clinic_nearest",
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
        triggers = [KEEP_THE_COPY, RECORD_CHANGES, SAY_WHETHER_IT_TREATS, *KEEP_WORDS]

    def __str__(self):
        return self.full_name

    def save(self, **options: Any) -> None:
        self.city_slug = city_slug(self.city)
        self.place_key = place_key(self.name, self.street, self.zip_code)
        states_hours = self.states_any(availability.HOURS_FIELDS)
        self.time_zone = time_zone_of(self.zip_code, self.state) if states_hours else ""
        self.index_availability()
        super().save(**options)

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
    def coordinates(self) -> Coordinates | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Coordinates(self.latitude, self.longitude)

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


def city_slug(city: str) -> str:
    """The last part of a city's address, the same for "St. Louis" and "Saint Louis"."""
    words = slugify(city).split("-")
    return "-".join({"saint": "st", "fort": "ft", "mount": "mt"}.get(word, word) for word in words)[:80]
