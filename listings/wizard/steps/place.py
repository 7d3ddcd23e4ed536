"""Where the pin is: found by the address, and moved by an owner who knows the door. Needs no JavaScript."""

import math

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.clinic_maps import map_of_clinic
from clinics.geo import Coordinates, miles_between
from clinics.locations.judge import Stated, why_not
from clinics.models import Clinic, PointQuality, ZipCode
from clinics.search.places import POINT, PlaceNotFound, locate
from listings.wizard.addresses import LookUp, look_up, typed_address
from listings.wizard.steps.base import Step

MILES_PER_DEGREE = 69.1  # of latitude; exact enough to move a pin
DIRECTIONS = {"north": (1, 0), "south": (-1, 0), "west": (0, -1), "east": (0, 1)}
STEPS_MILES = ("0.1", "0.5", "2")


def format_point(point: Coordinates) -> str:
    """Exact to a yard."""
    return f"{point.latitude:.5f}, {point.longitude:.5f}"


class MapStep(Step):
    slug, title = "map", _("On the map")
    template = "listings/_step_map.html"
    point = forms.CharField(
        label=_("Latitude and longitude (optional)"),
        max_length=60,
        required=False,
        help_text=_(
            "Such as 39.29080, -76.61080. The map of a phone shows them when you hold a finger on your door. "
            "Empty: we look the address up. When the address changes and this does not, it is looked up again."
        ),
    )

    def clean_point(self) -> Coordinates | None:
        text = self.cleaned_data["point"].strip()
        if not text:
            return None
        clinic = self.listing.clinic if self.listing else None
        if clinic and clinic.coordinates and text == format_point(clinic.coordinates):
            return clinic.coordinates  # the live point stays as exact as it is
        if not POINT.fullmatch(text) or "." not in text:
            raise ValidationError(_("Write latitude and longitude in degrees, such as 39.2908, -76.6108."), "point")
        try:
            place = locate(text)
        except PlaceNotFound as error:
            raise ValidationError(str(error), "unknown") from error
        if self.answers.get("practice") and why_not(place.coordinates, self.stated):
            sentence = _("That point does not fit the address. Correct the address or the point, whichever is wrong.")
            raise ValidationError(sentence, "far")
        return place.coordinates

    @cached_property
    def look_up(self) -> LookUp:
        """What the geocoder says of the address, as typed so far."""
        address = typed_address(self.answers.get("practice", {}))
        return look_up(address) if address["street"] else LookUp()

    @property
    def address(self) -> str:
        """On one line, as it was typed."""
        typed = typed_address(self.answers.get("practice", {}))
        street = ", ".join(filter(None, [typed["street"], typed["street_detail"], typed["city"]]))
        return f"{street}, {typed['state']} {typed['zip_code']}" if typed["street"] else ""

    @property
    def stated(self) -> Stated:
        """The address, as typed so far."""
        typed = {name: "".join(values).strip() for name, values in self.answers.get("practice", {}).items()}
        return Stated(typed.get("state", ""), typed.get("zip_code", "")[:5], city=typed.get("city", ""))

    @cached_property
    def zip_code(self) -> ZipCode | None:
        """The ZIP code of the address, as typed so far."""
        [*_, typed] = self.answers.get("practice", {}).get("zip_code") or [""]  # a form may send it twice
        return ZipCode.objects.filter(code=typed.strip()[:5], latitude__isnull=False).first()

    @property
    def middle_of_zip(self) -> Coordinates | None:
        zip_code = self.zip_code
        if zip_code is None or zip_code.latitude is None or zip_code.longitude is None:
            return None
        return Coordinates(zip_code.latitude, zip_code.longitude)

    def miles_from_zip(self, point: Coordinates) -> float | None:
        middle = self.middle_of_zip
        return miles_between(point, middle) if middle else None

    @property
    def typed_point(self) -> Coordinates | None:
        return self.cleaned_data.get("point") if self.is_bound and self.is_valid() else None

    @property
    def current_point(self) -> tuple[Coordinates | None, bool]:
        """Where the pin is now, and whether that is only the middle of the ZIP code."""
        if self.typed_point:
            return self.typed_point, False
        if self.look_up.point:
            return self.look_up.point, False
        clinic = self.listing.clinic if self.listing else None
        if clinic and clinic.coordinates and self.zip_code and clinic.zip_code == self.zip_code.code:
            return clinic.coordinates, clinic.is_approximate
        return self.middle_of_zip, True

    @property
    def map(self):
        point, is_approximate = self.current_point
        if point is None:
            return None
        quality = PointQuality.ZIP if is_approximate else PointQuality.ROOFTOP
        values = {"latitude": point.latitude, "longitude": point.longitude, "point_quality": quality}
        return map_of_clinic(Clinic(street="-", **values))

    steps_miles = STEPS_MILES
    directions = [("north", _("North")), ("south", _("South")), ("west", _("West")), ("east", _("East"))]

    @property
    def flags(self):
        return [gettext("The look-up knows no such address.")] if self.look_up.is_unknown else []

    def answers_after_button(self):
        """The buttons that move the pin."""
        direction, step = self.data.get("move"), self.data.get("by")
        point = self.current_point[0]
        if direction not in DIRECTIONS or point is None:
            return None
        miles = float(step) if step in STEPS_MILES else float(STEPS_MILES[0])
        north, east = DIRECTIONS[direction]
        latitude = point.latitude + north * miles / MILES_PER_DEGREE
        narrowing = max(0.01, math.cos(math.radians(point.latitude)))
        longitude = point.longitude + east * miles / MILES_PER_DEGREE / narrowing
        return {"point": [format_point(Coordinates(latitude, longitude))]}

    def lines(self):
        typed = "".join(self.data.getlist("point")) if self.is_bound else ""
        if not typed:
            return [
                (
                    gettext("The pin"),
                    gettext("where the look-up of the address puts it; until then the ZIP code's middle"),
                )
            ]
        miles = self.miles_from_zip(self.typed_point) if self.answers and self.typed_point else None
        if miles is not None:
            sentence = gettext("miles from the middle of the ZIP code: %(miles)s") % {"miles": f"{miles:.1f}"}
            typed = f"{typed} ({sentence})"
        return [(gettext("The pin"), typed)]
