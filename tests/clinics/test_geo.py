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


anywhere = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))


@given(anywhere, anywhere)
def test_miles_are_those_of_the_geodesic_everywhere(one, other):
    assert miles_between(one, other) == pytest.approx(geodesic(one, other).miles, rel=1e-9, abs=1e-6)


@given(american_places, st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_miles_are_those_of_the_geodesic_around_the_corner(place, north, east):
    other = Coordinates(place.latitude + north, place.longitude + east)
    assert miles_between(place, other) == pytest.approx(geodesic(place, other).miles, abs=1e-6)
