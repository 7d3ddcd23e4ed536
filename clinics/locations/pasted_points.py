"""The point in what an editor pastes: two numbers however they are written, or the address of a page of a map site."""

import re
from urllib.parse import unquote

from clinics.geo import Coordinates, is_on_earth
from clinics.search.characters import read_point, readable
from clinics.search.gazetteer import PlaceNotFound

LONGEST_PASTED = 2000  # characters; addresses of map sites are long
NO_POINT = (
    "There is no point in that. Paste latitude and longitude, such as 42.36710, -71.10610, or the long address of a "
    "map's page."
)
_PAIR = r"(?P<latitude>-?[0-9]{1,3}\.[0-9]+){between}(?P<longitude>-?[0-9]{1,3}\.[0-9]+)"
# The marked place of a page comes before the middle of what its map shows.
IN_MAP_ADDRESSES = tuple(
    re.compile(before + _PAIR.replace("{between}", between))
    for before, between in (
        (r"!3d", r"!4d"),  # Google Maps: the place
        (r"[?&#]mlat=", r"&mlon="),  # OpenStreetMap: the marker
        (r"[?&](?:q|query|ll|daddr|destination|coordinate|center|to)=(?:loc:)?", r",\s?"),
        (r"[?&]cp=", r"~"),  # Bing Maps
        (r"@", r","),  # Google Maps: the middle of the map
        (r"#(?:map=)?[0-9.]+/", r"/"),  # OpenStreetMap and what is made of it: the middle of the map
        (r"^geo:", r","),
    )
)


def point_in(text: str) -> Coordinates | None:
    """None if no point is in it, or none on earth."""
    text = unquote(text.strip()[:LONGEST_PASTED].replace("+", " ") if "://" in text else text.strip())
    if "://" in text or text.startswith("geo:"):
        found = next((match for pattern in IN_MAP_ADDRESSES if (match := pattern.search(text))), None)
        point = found and Coordinates(float(found["latitude"]), float(found["longitude"]))
    else:
        point = _typed(text)
    return point if point and is_on_earth(*point) else None


def _typed(text: str) -> Coordinates | None:
    try:
        found = read_point(readable(text))
    except PlaceNotFound:
        return None
    return Coordinates(found.latitude, found.longitude) if found else None
