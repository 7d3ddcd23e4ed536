"""Where a clinic stands, how well that is known, and by whom: the columns that clinics/locations/placing.py writes."""

from django.db import models
from django.db.models import Func, Q

from clinics.geo import POINT_IN_SPACE_SQL, Coordinates
from clinics.models.expressions import CubeField
from clinics.models.provenance import Source

LONGEST_ADDRESS = 200  # characters of a street in the form in which two are compared (imports/normalization.py)
LONGEST_SOURCE = 30
LONGEST_REASON = 200


class PointQuality(models.TextChoices):
    """How near to the door a point is, the best first."""

    ROOFTOP = "rooftop", "the building"
    STREET = "street", "along the street"
    ZIP = "zip", "the middle of the ZIP code"


QUALITIES = [quality.value for quality in PointQuality]
OF_A_CITY = "city"  # the source of a point that is the middle of the city
# Who states points besides the sources of facts; others, such as "nominatim", are called by their own name.
POINT_SOURCES = {
    "census": "US Census Geocoder",
    "gridpin": "gridpin",
    "zipcodes": "ZIP code",
    OF_A_CITY: "middle of the city",
}
EXACT = (PointQuality.ROOFTOP, PointQuality.STREET)


class PointFields(models.Model):
    """The point of a clinic: part of Clinic. All empty: nobody knows, or what is stated contradicts itself."""

    latitude = models.FloatField(null=True, blank=True, editable=False, help_text="decimal degrees, WGS 84")
    longitude = models.FloatField(null=True, blank=True, editable=False, help_text="decimal degrees, WGS 84")
    position = models.GeneratedField(
        expression=Func(template=POINT_IN_SPACE_SQL, output_field=CubeField()),
        output_field=CubeField(),
        db_persist=True,
    )
    point_quality = models.CharField(
        max_length=7, choices=PointQuality, blank=True, default="", db_default="", editable=False
    )
    point_source = models.CharField(
        max_length=LONGEST_SOURCE,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="a source of facts, a geocoder, or the table that the ZIP code's point is from",
    )
    point_as_of = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="the day or year of that source",
    )
    point_address = models.CharField(
        max_length=LONGEST_ADDRESS,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="the street that the point was made from, as addresses are compared",
    )
    point_problem = models.CharField(
        max_length=LONGEST_REASON,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="what contradicts itself in state, ZIP code, county, city and point: for an editor",
    )

    class Meta:
        abstract = True

    @property
    def is_approximate(self) -> bool:
        """Whether it stands at the middle of its ZIP code, not at its address."""
        return self.point_quality == PointQuality.ZIP

    @property
    def is_at_city(self) -> bool:
        """Whether it stands at the middle of its city, because its ZIP code lies elsewhere."""
        return self.point_source == OF_A_CITY

    @property
    def coordinates(self) -> Coordinates | None:
        if self.latitude is None or self.longitude is None:
            return None
        return Coordinates(self.latitude, self.longitude)


def point_source_text(source: str) -> str:
    """Who states a point, in words: "SAMHSA locator", "the clinic", "US Census Geocoder"."""
    return str(POINT_SOURCES.get(source) or dict(Source.choices).get(source) or source)


class AddressPoint(models.Model):
    """A point that somebody states for a street address, whichever clinics stand there.

    Of lists read for their points alone, geocoders, and pins of owners and editors. The points of imported records are
    in SourceRecord.
    """

    zip_code = models.CharField("ZIP code", max_length=5)
    address = models.CharField(
        max_length=LONGEST_ADDRESS, help_text="the street without its suite, as addresses are compared"
    )
    source = models.CharField(max_length=LONGEST_SOURCE)
    as_of = models.CharField(max_length=20, blank=True, help_text="the day or year of the source")
    directory = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="the list of that source, where it has several"
    )
    quality = models.CharField(max_length=7, choices=PointQuality)
    latitude = models.FloatField()
    longitude = models.FloatField()
    run = models.ForeignKey(
        "clinics.ImportRun", models.CASCADE, null=True, blank=True, related_name="points", help_text="the import"
    )
    previous = models.JSONField(
        null=True, blank=True, editable=False, help_text="what an import replaced here, so that it can be undone"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["zip_code", "address", "source"]
        constraints = [
            models.UniqueConstraint(
                fields=["zip_code", "address", "source", "as_of", "directory"], name="point_once_a_list_and_edition"
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="point_on_earth"
            ),
        ]

    def __str__(self):
        return f"{self.address}, {self.zip_code}: {self.latitude}, {self.longitude} ({self.source} {self.as_of})"


class AddressLookup(models.Model):
    """What a geocoder was asked about an address, and what it answered. A match also becomes an AddressPoint."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "not asked yet"
        SENT = "sent", "sent, no answer yet"
        MATCH = "match", "found"
        TIE = "tie", "several places"
        NO_MATCH = "no-match", "not found"
        REFUSED = "refused", "the answer cannot be right"
        FAILED = "failed", "no answer"

    geocoder = models.CharField(max_length=LONGEST_SOURCE)
    zip_code = models.CharField("ZIP code", max_length=5)
    address = models.CharField(
        max_length=LONGEST_ADDRESS, help_text="the street without its suite, as addresses are compared"
    )
    sent = models.CharField(max_length=300, blank=True, help_text="the address as it was sent last")
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    matched = models.CharField("matched address", max_length=300, blank=True, help_text="as the geocoder writes it")
    times_asked = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)
    batch = models.CharField(max_length=40, blank=True, help_text="the file that it was sent in")

    class Meta:
        ordering = ["zip_code", "address"]
        constraints = [
            models.UniqueConstraint(fields=["geocoder", "zip_code", "address"], name="lookup_once_a_geocoder")
        ]
        indexes = [models.Index(fields=["geocoder", "outcome"], name="lookup_by_outcome")]

    def __str__(self):
        return f"{self.address}, {self.zip_code}: {self.get_outcome_display()} ({self.geocoder})"
