"""How far facilities whose points are known lie from the point of their ZIP code, table by table.

    python -m clinics.locations.compare_zip_points ../shared/data

Prints the tables of docs/decisions/0012-points-of-zip-codes.md. The truth is FindTreatment.gov's locator of 2020:
14,034 facilities for substance use, and in the last table 11,375 for mental health. Facilities stand where trade is,
so this favors town centers over the homes around them; the people who search are somewhere between.
"""

import csv
import gzip
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from clinics.geo import Coordinates, miles_between
from clinics.locations.make_zip_points import choose_points, of_tables, town_of
from clinics.locations.zip_tables import Tables, point_of, read_gazetteer, read_tables

FAR_MILES = 2


class Facility(NamedTuple):
    zip_code: str
    state: str
    point: Coordinates


PointFor = Callable[[str], Coordinates | None]


def main(data: str) -> None:
    tables = read_tables(Path(data))
    samhsa = Path(data) / "samhsa"
    with (samhsa / "locator_substance_use_2020.csv").open(encoding="utf-8", newline="") as file:
        facilities = list(read_facilities(file))
    with gzip.open(samhsa / "locator_mental_health_2020.csv.gz", "rt", encoding="utf-8", newline="") as file:
        others = list(read_facilities(file))
    sources = sources_of(tables, Path(data))
    for name, group in [*groups(facilities, tables), ("mental health", others)]:
        print(f"\n| {name}: {len(group):,} facilities | known | median | p90 | over {FAR_MILES} miles |")
        print("|---|--:|--:|--:|--:|")
        for source, point_for in sources.items():
            print(f"| {source} | {line(group, point_for)} |")


def read_facilities(file: Iterable[str]) -> Iterable[Facility]:
    for row in csv.DictReader(file):
        point = Coordinates(float(row["latitude"]), float(row["longitude"]))
        yield Facility(row["zip"].zfill(5), row["state"], point)


def sources_of(tables: Tables, data: Path) -> dict[str, PointFor]:
    chosen = choose_points(tables)
    census = {year: read_gazetteer(data / "census" / name) for year, name in editions().items()}
    return {
        "package `zipcodes`": tables.package.get,
        "GeoNames, postal codes": tables.geonames.get,
        **{f"Census ZCTA {year}": area_of(rows) for year, rows in census.items()},
        "town of its name": lambda code: getattr(town_of(code, tables), "point", None),
        "rule 3 alone": lambda code: getattr(of_tables(code, tables), "point", None),
        "**chosen**": lambda code: chosen[code].point if code in chosen else None,
    }


def editions() -> dict[int, str]:
    return {2021: "2021_zcta_points.tsv", 2017: "2017_Gaz_zcta_national.txt", 2010: "2010_Gaz_zcta_national.txt"}


def area_of(rows: dict[str, dict[str, str]]) -> PointFor:
    return lambda code: point_of(rows[code]) if code in rows else None


def groups(facilities: list[Facility], tables: Tables) -> Iterable[tuple[str, list[Facility]]]:
    def of_kind(kind: str) -> list[Facility]:
        return [each for each in facilities if tables.entries[each.zip_code]["zip_code_type"] == kind]

    streets = of_kind("STANDARD")
    yield "all", facilities
    yield "streets, the town's only one", [each for each in streets if is_only(each, tables)]
    yield "streets, one of several", [each for each in streets if not is_only(each, tables)]
    yield "PO boxes", of_kind("PO BOX")
    yield "one organization", of_kind("UNIQUE")
    yield "Alaska", [each for each in facilities if each.state == "AK"]
    yield "Puerto Rico", [each for each in facilities if each.state == "PR"]


def is_only(facility: Facility, tables: Tables) -> bool:
    return tables.streets[tables.town_key(facility.zip_code)] <= 1


def line(facilities: list[Facility], point_for: PointFor) -> str:
    located = [(each, point_for(each.zip_code)) for each in facilities]
    miles = [miles_between(each.point, point) for each, point in located if point]
    far = sum(distance > FAR_MILES for distance in miles)
    if len(miles) < 2:
        return f"{len(miles):,} | | | "
    return f"{len(miles):,} | {median(miles):.2f} | {quantiles(miles, n=10)[-1]:.2f} | {far / len(miles):.1%}"


if __name__ == "__main__":
    main(*sys.argv[1:])
