from django.contrib.postgres.indexes import GinIndex
from django.db import models

from clinics.availability import TIME_ZONES
from clinics.geo import Coordinates
from clinics.models.triggers import FORGET_THE_WAYS_FROM_HERE

CLOSE_MILES = 3  # within which the ways from a place are about those from the point of its ZIP code


class ZipCode(models.Model):
    """A ZIP code of the USPS, PO boxes and military ones included, with its point."""

    class Kind(models.TextChoices):
        STANDARD = "standard", "streets"
        PO_BOX = "po-box", "PO boxes only"
        UNIQUE = "unique", "one organisation"
        MILITARY = "military", "military mail (APO, FPO, DPO)"

    code = models.CharField("ZIP code", max_length=5, primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    city = models.CharField(max_length=60)
    state = models.CharField(max_length=2)
    county = models.CharField(max_length=60, blank=True)
    time_zone = models.CharField(max_length=40, blank=True)
    # Decimal degrees, WGS 84; null where the source has none: 0,0 is in the Gulf of Guinea.
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    point_source = models.CharField(
        max_length=30, blank=True, default="", db_default="", help_text="the table that the point is from"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = "ZIP code"
        ordering = ["code"]
        triggers = [FORGET_THE_WAYS_FROM_HERE]

    def __str__(self):
        return f"{self.code} {self.city}, {self.state}"

    @property
    def coordinates(self) -> Coordinates | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Coordinates(self.latitude, self.longitude)


class City(models.Model):
    """A name that people give as where they are: a city, county, town or neighborhood, with its middle."""

    name = models.CharField(max_length=60)
    state = models.CharField(max_length=2)
    slug = models.SlugField(max_length=60)
    search_name = models.CharField(max_length=60, help_text="lower case, without accents, 'St' for Saint")
    latitude = models.FloatField()
    longitude = models.FloatField()
    zip_count = models.PositiveIntegerField(help_text="how many ZIP codes carry the name: a measure of its size")
    population = models.PositiveIntegerField(db_default=0, default=0, help_text="0: not known (source: GeoNames.org)")
    zip_code = models.CharField(
        "ZIP code",
        max_length=5,
        blank=True,
        default="",
        db_default="",
        help_text="the one of its middle, if it is close",
    )

    class Meta:
        verbose_name_plural = "cities"
        ordering = ["state", "name"]
        constraints = [models.UniqueConstraint(fields=["state", "slug"], name="city_once_a_state")]
        indexes = [
            models.Index(fields=["search_name"], name="city_by_name"),
            GinIndex(fields=["search_name"], opclasses=["gin_trgm_ops"], name="city_by_likeness"),
        ]

    def __str__(self):
        return f"{self.name}, {self.state}"

    @property
    def coordinates(self) -> Coordinates:
        return Coordinates(self.latitude, self.longitude)


def time_zone_of(zip_code: str, state: str) -> str:
    """The IANA time zone of a ZIP code, else the one of most ZIP codes of the state, else ""."""
    zones = ZipCode.objects.filter(time_zone__in=TIME_ZONES)
    own = zones.filter(code=zip_code).values_list("time_zone", flat=True).first()
    by_size = zones.filter(state=state).order_by().values_list("time_zone").annotate(count=models.Count("pk"))
    usual = None if own else by_size.order_by("-count").first()
    return own or (usual[0] if usual else "")
