"""Where no road leads: islands without a bridge, and places off the road system, by their ZIP codes.

clinics/data/no_road.csv names them. A row is one network of roads that none joins to another; `each_alone` says that
each of its ZIP codes is a network of its own; `006*` are all ZIP codes that begin so, unless another row names them. A
ZIP code that no row names is on the roads of the continent: those of the 48 states and, through Canada, of Alaska.

Written by hand: the islands are those of clinics/data/us_lines.json.gz in which a ZIP code of the package `zipcodes`
lies, and the ZIP codes that carry an island's name; the bridges, and the roads between villages of Alaska, are common
knowledge. Roads that are open in summer alone, such as to Teller, count; winter roads on ice do not. A ferry is no
road.
"""

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "data" / "no_road.csv"
CONTINENT = ""  # its network


@cache
def network_of(zip_code: str) -> str:
    """The network of roads that a ZIP code is on; CONTINENT for most."""
    codes, starts = _networks()
    return codes.get(zip_code) or next((name for start, name in starts if zip_code.startswith(start)), CONTINENT)


def has_road(one: str, other: str) -> bool:
    """Whether a road may lead from one ZIP code to the other."""
    return network_of(one) == network_of(other)


@cache
def _networks() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The networks by ZIP code, and by how one begins."""
    codes: dict[str, str] = {}
    starts: list[tuple[str, str]] = []
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for code in row["zip_codes"].split():
                network = code if row["each_alone"] else row["name"]
                if code.endswith("*"):
                    starts.append((code.removesuffix("*"), network))
                else:
                    codes[code] = network
    return codes, starts
