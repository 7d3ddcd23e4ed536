import math

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from clinics.geo import MEAN_RADIUS_MILES, Coordinates, chord_miles, miles_between, point_in_space
from tests.factories import BALTIMORE, TOWSON

american_places = st.builds(Coordinates, st.floats(17, 72), st.floats(-180, -64))


def test_miles_are_those_of_the_map():
    assert miles_between(BALTIMORE, TOWSON) == pytest.approx(7.66, abs=0.01)


@given(american_places, st.floats(-1.4, 1.4), st.floats(-1.4, 1.4))
def test_the_straight_line_through_the_ground_is_the_chord_of_the_way_over_it(place, north, east):
    other = Coordinates(place.latitude + north, place.longitude + east)
    straight = math.dist(point_in_space(place), point_in_space(other))
    way = geodesic(place, other).miles
    # The Earth's curve differs from that of a ball of mean radius by 0.6 %: a few feet of 100 miles.
    assert straight == pytest.approx(chord_miles(way), rel=2e-6, abs=1e-4)


def test_a_chord_never_exceeds_the_diameter():
    assert chord_miles(30_000) == pytest.approx(2 * MEAN_RADIUS_MILES)


# As the docstring of `miles_between` says, in miles; the worst case lies along a meridian.
@pytest.mark.parametrize(("miles", "off_by"), [(50, 0.02), (100, 0.2), (500, 20), (1000, 170)])
@given(place=american_places, direction=st.floats(0, 360))
def test_miles_are_those_of_the_geodesic_to_within_feet(miles, off_by, place, direction):
    """`off_by` is in feet."""
    other = Coordinates(*geodesic(miles=miles).destination(place, direction)[:2])
    assert miles_between(place, other) == pytest.approx(miles, abs=off_by / 5280)


@given(american_places, american_places)
def test_across_the_country_miles_are_those_of_the_geodesic_to_within_a_thousandth(one, other):
    assert miles_between(one, other) == pytest.approx(geodesic(one, other).miles, rel=1e-3, abs=1e-6)
