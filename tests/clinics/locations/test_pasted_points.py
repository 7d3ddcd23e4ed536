import pytest

from clinics.geo import Coordinates
from clinics.locations.pasted_points import point_in

CITY_HALL = Coordinates(42.3671, -71.1061)


@pytest.mark.parametrize(
    "text",
    [
        "42.3671, -71.1061",
        "42.3671 -71.1061",
        "(42.3671, -71.1061)",
        "lat: 42.3671 lon: -71.1061",
        "42.3671° N, 71.1061° W",
        "42°22'1.56\"N 71°6'21.96\"W",
        "42,3671; -71,1061",
        "42.3671, 71.1061",  # the minus of the west was forgotten
        "geo:42.3671,-71.1061?q=42.3671,-71.1061",
        "https://www.openstreetmap.org/?mlat=42.3671&mlon=-71.1061#map=17/42.3000/-71.2000",
        "https://www.openstreetmap.org/#map=17/42.3671/-71.1061",
        "https://www.openstreetmap.org/directions?to=42.3671%2C-71.1061",
        "https://www.google.com/maps/place/City+Hall/@42.3000,-71.2000,17z/data=!3m1!4b1!8m2!3d42.3671!4d-71.1061",
        "https://www.google.com/maps/@42.3671,-71.1061,17z",
        "https://www.google.com/maps?q=42.3671,-71.1061",
        "https://www.google.com/maps/search/?api=1&query=42.3671%2C+-71.1061",
        "https://maps.apple.com/?ll=42.3671,-71.1061&q=City%20Hall",
        "https://www.bing.com/maps?cp=42.3671~-71.1061&lvl=17",
    ],
)
def test_a_point_is_read_however_it_is_pasted(text):
    assert point_in(text) == pytest.approx(CITY_HALL)


@pytest.mark.parametrize(
    "text",
    ["", "Cambridge, MA", "02139", "142.3671, -71.1061", "https://maps.app.goo.gl/AbCdEf", "42.3671", "x" * 3000],
)
def test_what_holds_no_point_is_no_point(text):
    assert point_in(text) is None
