"""An invented mainland, an island that a bridge joins to it, and a rock that only a ferry reaches, in the Atlantic.

lighthouse road   . . . . . . . . . .      the rock, 42.06 N; a ferry from the west end of the island
island road       ._________________.      42.03 N
                                    |      the bridge, at the east end of both
shore road        .________________ .      42.00 N, the mainland
"""

from clinics.geo import Coordinates
from clinics.models import ZipCode
from tests.factories import ClinicFactory
from tests.osm import Roads

STATE = "ZZ"
SEED = 17
AS_OF = 1_793_491_200  # 2026-11-01
WEST, EAST = -50.2, -50.0
SHORE, ISLAND, ROCK = 42.0, 42.03, 42.06
LANES = 21  # points of a road from west to east
MILES_OVER_THE_BRIDGE = 20.6  # twice the length of a road but for its first mile, and the bridge

ACROSS_THE_WATER = Coordinates(ISLAND + 0.0005, WEST + 0.02)
ZIP_CODES = {
    "00001": Coordinates(SHORE + 0.0005, WEST + 0.02),  # the west of the mainland
    "00002": Coordinates(SHORE - 0.0005, EAST - 0.02),  # its east, at the bridge
    "00003": Coordinates(ISLAND + 0.001, WEST + 0.05),  # the island
    "00004": Coordinates(ROCK + 0.0005, WEST + 0.005),  # the rock
    "00005": Coordinates(SHORE + 0.5, WEST),  # the open sea
}


def along(latitude: float, east: float = EAST, lanes: int = LANES) -> list[Coordinates]:
    return [Coordinates(latitude, WEST + (east - WEST) * n / (lanes - 1)) for n in range(lanes)]


def roads() -> Roads:
    shore, island, rock = along(SHORE), along(ISLAND), along(ROCK, WEST + 0.02, 5)
    drawn = Roads()
    drawn.add(shore, highway="primary", name="Shore Road")
    drawn.add(island, highway="secondary", name="Island Road")
    drawn.add([shore[-1], Coordinates((SHORE + ISLAND) / 2, EAST), island[-1]], highway="primary", bridge="yes")
    drawn.add(rock, highway="residential", name="Lighthouse Road")
    drawn.add([island[0], Coordinates((ISLAND + ROCK) / 2, WEST), rock[0]], route="ferry", name="The Ferry")
    return drawn


def settle(more_zip_codes: int = 0) -> dict[str, int]:
    """The ZIP codes, `more_zip_codes` along the shore, and clinics; the numbers of these by where they are."""
    shore = along(SHORE, lanes=max(more_zip_codes, 2))[:more_zip_codes]
    points = ZIP_CODES | {f"{number:05}": point for number, point in enumerate(shore, start=100)}
    for code, (latitude, longitude) in points.items():
        place = {"city": "Port", "state": STATE, "latitude": latitude, "longitude": longitude}
        ZipCode.objects.create(code=code, kind="standard", **place)
    places = {
        "shore west": Coordinates(SHORE, WEST + 0.03),
        "shore east": Coordinates(SHORE, EAST - 0.01),
        "island": ACROSS_THE_WATER,
        "island pier": Coordinates(ISLAND, WEST),
        "rock": Coordinates(ROCK, WEST + 0.01),
        "rock pier": Coordinates(ROCK, WEST),
        "sea": Coordinates(SHORE + 0.5, WEST),
    }
    return {
        name: ClinicFactory(name=name, at=at, city="Port", state=STATE, zip_code="00001", point_quality="street").pk
        for name, at in places.items()
    }
