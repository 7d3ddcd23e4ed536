"""The point of a street address, from the geocoder that a site names. The only module that asks one."""

from django.conf import settings
from geopy.exc import GeopyError
from geopy.geocoders import get_geocoder_for_service

from clinics.geo import Coordinates


class AddressNotFound(Exception):  # noqa: N818
    """The geocoder knows no such address."""


class GeocoderUnavailable(Exception):  # noqa: N818
    """The geocoder cannot be reached, or none is set."""


def geocode(address: str, *, timeout_seconds: float = 5) -> Coordinates:
    """The coordinates of a US postal address, in decimal degrees (WGS 84).

    Source: the geocoder named in settings.GEOCODER; Nominatim allows one request a second, callers pace themselves.
    Raises AddressNotFound if it knows no such address, GeocoderUnavailable if it cannot be reached or none is set.
    """
    if not settings.GEOCODER:
        raise GeocoderUnavailable("No geocoder is set.")
    try:
        geocoder = get_geocoder_for_service(settings.GEOCODER)(timeout=timeout_seconds, **settings.GEOCODER_OPTIONS)
        found = geocoder.geocode(address)
    except (GeopyError, OSError) as error:
        raise GeocoderUnavailable(str(error)) from error
    if found is None:
        raise AddressNotFound("The geocoder knows no such address.")
    return Coordinates(found.latitude, found.longitude)
