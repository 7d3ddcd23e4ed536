"""The ways to a clinic: links that a reader opens, to a map app of their own or to a map site.

Nothing is asked when a page is made, and a page loads nothing from there. A clinic with a known spot is named by its
point; one that is known to its ZIP code by its address as text, which the map looks up: nothing precise is claimed.
The name of the clinic is in none of them, since maps keep what they were asked.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from clinics.models import Clinic

MAP_SITE = "https://www.openstreetmap.org"
PO_BOX = re.compile(r"\W*(P\W*O\W*BOX|POST OFFICE BOX|APARTADO)\b", re.IGNORECASE)
NO_POINT = "0,0"  # what a map app takes for "look for the text, wherever it is"


@dataclass(frozen=True, slots=True)
class Directions:
    destination: str  # "42.3647,-71.1042", or the address as text
    is_exact: bool  # a point

    @property
    def map_app(self) -> str:
        """A `geo:` link (RFC 5870), with `q` as Android reads it: without it an app shows the place without a pin."""
        return f"geo:{self.destination if self.is_exact else NO_POINT}?q={quote(self.destination, safe=',')}"

    @property
    def apple_maps(self) -> str:
        """What an iPhone, which knows no `geo:` link, opens in its own map app."""
        return f"https://maps.apple.com/?daddr={quote(self.destination, safe=',')}"

    @property
    def map_site(self) -> str:
        """A route to a point; for a text a search, so that a reader sees first whether the right place was found."""
        question = "directions?to=" if self.is_exact else "search?query="
        return f"{MAP_SITE}/{question}{quote(self.destination, safe='')}"


def directions_to(clinic: Clinic) -> Directions | None:
    """None for a clinic that keeps its street private, even if its point is known, and for a mailbox."""
    if not has_directions(clinic):
        return None
    if clinic.coordinates and not clinic.is_approximate:
        return Directions(f"{clinic.latitude:.6f},{clinic.longitude:.6f}", is_exact=True)
    # Without the suite, in which a map that looks for a house finds nothing.
    return Directions(f"{clinic.street}, {clinic.city}, {clinic.state} {clinic.zip_code}", is_exact=False)


def has_directions(clinic: Clinic) -> bool:
    return bool(clinic.street) and not PO_BOX.match(clinic.street)
