"""How much open water lies under a straight line: on invented shores, and on those of the United States."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics.geo import Coordinates, miles_between
from clinics.locations.water import ABROAD, GREAT_LAKE, LAKE, OURS, Shores, obstacle_miles, our_shores, water_miles

DEGREE = 53.06  # miles of longitude at 40 degrees north
STEPS = 2000


def box(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def place(longitude, latitude=40.0):
    return Coordinates(latitude, longitude)


# A mainland with a lake and a bay from the south, an island east of it, and land of a neighbor with a share of a lake.
MAINLAND = [*box(-101, 39, -99.01, 41)[:1], (-99.8, 39), (-99.8, 40.5), (-99.6, 40.5), (-99.6, 39)]
MAINLAND += [(-99.01, 39), (-99.01, 41), (-101, 41), (-101, 39)]
SHORES = Shores(
    [
        (OURS, MAINLAND),
        (LAKE, box(-100.7, 39.7, -100.3, 40.3)),
        (OURS, box(-98.73, 39.5, -98.4, 40.5)),
        (ABROAD, box(-101, 41.003, -99, 42.04)),
        (GREAT_LAKE, box(-100.5, 41.3, -99.5, 41.7)),
    ]
)


@pytest.mark.parametrize(
    ("one", "other", "miles"),
    [
        (place(-100.9), place(-100.75), 0),  # all on land
        (place(-100.9), place(-100.2), 0.4 * DEGREE),  # the lake
        (place(-99.9), place(-99.5), 0.2 * DEGREE),  # the bay
        (place(-99.3), place(-98.5), 0.28 * DEGREE),  # the strait
        (place(-99.9), place(-98.5), 0.28 * DEGREE),  # bay and strait: the longer of them
        (place(-99.9, 40.7), place(-99.3, 40.7), 0),  # north of the bay
        (place(-100.0, 40.9), place(-100.0, 41.2), 0.2),  # a neighbor's land is land, and the border hardly water
        (place(-100.0, 40.9), place(-100.0, 41.9), 27.6),  # but not its share of a great lake
    ],
)
def test_the_longest_stretch_is_measured(one, other, miles):
    assert water_miles(one, other, SHORES) == pytest.approx(miles, abs=0.15)


def is_water(longitude, latitude):
    def inside(ring):
        crossings = (
            (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1
            for (x1, y1), (x2, y2) in pairwise(ring)
        )
        return sum(crossings) % 2 == 1

    of = {}
    for bits, ring in SHORES.rings:
        of[bits] = of.get(bits, False) or inside(ring)
    return not (of[OURS] or (of[ABROAD] and not of[GREAT_LAKE])) or of[LAKE]


on_land = st.builds(place, st.floats(-100.99, -98.41), st.floats(39.01, 41.99)).filter(
    lambda each: not is_water(each.longitude, each.latitude)
)


@given(on_land, on_land)
def test_it_is_what_a_walk_along_the_line_meets(one, other):
    longest = stretch = 0
    for n in range(STEPS + 1):
        at = [a + (b - a) * n / STEPS for a, b in zip(one, other, strict=True)]
        stretch = stretch + 1 if is_water(at[1], at[0]) else 0
        longest = max(longest, stretch)
    whole = miles_between(one, other)
    assert water_miles(one, other, SHORES) == pytest.approx(longest / STEPS * whole, abs=2.5 / STEPS * whole + 1e-9)


@given(on_land, on_land)
def test_it_is_the_same_both_ways_and_never_longer_than_the_line(one, other):
    miles = water_miles(one, other, SHORES)
    assert miles == water_miles(other, one, SHORES)
    assert 0 <= miles <= miles_between(one, other)


def test_where_a_place_lies_in_water_the_shore_next_to_it_is_meant():
    offshore, far_out = place(-99.005), place(-98.87)
    assert water_miles(offshore, place(-98.5), SHORES) == pytest.approx(0.275 * DEGREE, abs=0.1)
    assert water_miles(offshore, place(-99.3), SHORES) == pytest.approx(0.005 * DEGREE, abs=0.1)
    assert water_miles(far_out, place(-99.3), SHORES) == 0  # nobody knows what that is


def test_outside_of_the_known_shapes_nothing_is_told():
    assert water_miles(Coordinates(13.5, 144.8), Coordinates(15.2, 145.7)) == 0


def test_a_strait_is_an_obstacle():
    assert obstacle_miles(place(-99.1), place(-98.6), SHORES) == pytest.approx(0.28 * DEGREE, abs=0.1)


def test_water_that_a_walk_along_the_shore_hardly_lengthens_is_none():
    bay = [(-99, 39.9), (-99.08, 40), (-99, 40.1)]
    coast = Shores([(OURS, [(-101, 39), (-99, 39), *bay, (-99, 41), (-101, 41), (-101, 39)])])
    ends = place(-99.01, 39.89), place(-99.01, 40.11)
    assert water_miles(*ends, coast) > 10
    assert obstacle_miles(*ends, coast) == 0


def shores_with_a_lake(degrees_wide):
    return Shores([(OURS, box(-104, 39, -99, 41)), (LAKE, box(-100 - degrees_wide, 39.1, -100, 40.9))])


def test_narrow_water_is_none_and_wide_water_on_a_long_way_neither():
    assert obstacle_miles(place(-100.1), place(-99.95), shores_with_a_lake(0.04)) == pytest.approx(2.1, abs=0.1)
    assert obstacle_miles(place(-100.1), place(-99.95), shores_with_a_lake(0.03)) == 0
    assert obstacle_miles(place(-103), place(-99.1), shores_with_a_lake(0.04)) == 0


@pytest.mark.parametrize(
    ("longitude", "latitude", "is_land"),
    [
        *((-86.93, 45.38, True), (-87.0, 43.5, False)),  # Washington Island, Lake Michigan
        *((-81.5, 44.5, False), (-79.4, 43.9, True)),  # Lake Huron's Canadian half, Ontario
        *((-90.1, 30.2, False), (-120.03, 39.1, False), (-80.8, 26.95, False)),  # Pontchartrain, Tahoe, Okeechobee
        *((-73.35, 44.5, False), (-85.55, 45.65, True)),  # Lake Champlain, Beaver Island
    ],
)
def test_our_shores_know_lakes_and_islands(longitude, latitude, is_land):
    shores = our_shores()
    denver = Coordinates(39.74, -104.99)
    ends_in_water = shores.lies_in_water(Coordinates(latitude, longitude))
    assert ends_in_water is not is_land
    assert shores.lies_in_water(denver) is False
