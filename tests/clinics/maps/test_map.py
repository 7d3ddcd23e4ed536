import gzip
import math
import re
import threading

import pytest
from django.core.cache import caches
from django.test import override_settings

from clinics import clinic_maps
from clinics.clinic_maps import map_of_clinic, map_of_results
from clinics.geo import Coordinates, miles_between
from clinics.maps.projection import HEIGHT, WIDTH, Projection
from clinics.maps.shapes import us_shapes
from clinics.models import Clinic
from clinics.search.places import locate
from tests.factories import BALTIMORE, NEW_YORK, TOWSON, make_clinic

pytestmark = pytest.mark.django_db

ZIPS = {
    "Manhattan": "10001",
    "a ranch in Montana": "59001",
    "Juneau": "99801",
    "Adak in the Aleutians": "99546",
    "Guam": "96910",
    "American Samoa": "96799",
    "Key West": "33040",
    "Honolulu": "96813",
    "San Juan": "00901",
    "Kansas": "67735",
}
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


def around(place: Coordinates, miles: float, count: int = 20) -> list[Clinic]:
    """Unsaved clinics in all directions, the last one `miles` away; every third one at the place of the one before."""
    clinics = []
    for n in range(count):
        angle, part = n * 2.4, miles * (n - n % 3 + 3) / (count + 2) / 69.0
        latitude = place.latitude + part * math.cos(angle - 2.4 * (n % 3 == 2))
        longitude = place.longitude + part * math.sin(angle - 2.4 * (n % 3 == 2)) / math.cos(math.radians(latitude))
        longitude = (longitude + 180) % 360 - 180
        clinics.append(Clinic(pk=n + 1, name=f"Clinic {n}", city="Town", latitude=latitude, longitude=longitude))
    return clinics


def bearing(one: Coordinates, other: Coordinates) -> float:
    """Radians clockwise from north in which a great circle leaves `one` for `other`."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    turn = math.radians(other.longitude - one.longitude)
    return math.atan2(
        math.sin(turn) * math.cos(b), math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    )


@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
def test_miles_and_directions_from_the_reader_are_true_at_a_hundred_miles(zip_code):
    place = locate(zip_code).coordinates
    projection = Projection(place)
    for clinic in around(place, 100):
        east, north = projection.miles_to(clinic.coordinates)
        assert math.hypot(east, north) == pytest.approx(miles_between(place, clinic.coordinates), rel=0.002)
        turn = math.atan2(east, north) - bearing(place, clinic.coordinates)
        assert abs((turn + math.pi) % (2 * math.pi) - math.pi) < 0.01


@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
@pytest.mark.parametrize("miles", [0.1, 5, 100, 1500])
@pytest.mark.parametrize("start", [1, 4001])
def test_every_pin_is_on_the_canvas_and_none_covers_another_or_the_reader(zip_code, miles, start):
    place = locate(zip_code).coordinates
    drawn = map_of_results(around(place, miles), start, place)
    assert [pin.number for pin in drawn.pins] == list(range(start, start + 20))
    for n, pin in enumerate(drawn.pins):
        assert 0 <= pin.x <= WIDTH
        assert 0 <= pin.y <= HEIGHT
        left, top = pin.pin_x - pin.width / 2, pin.pin_y - pin.height / 2
        assert left >= 0
        assert top >= 0
        assert left + pin.width <= WIDTH
        assert top + pin.height <= HEIGHT
        for other in drawn.pins[n + 1 :]:
            wide = (pin.width + other.width) / 2
            apart = math.hypot((pin.pin_x - other.pin_x) / wide, (pin.pin_y - other.pin_y) / pin.height)
            assert apart > 0.95, (pin.number, other.number)
        assert math.hypot(pin.pin_x - drawn.place[0], pin.pin_y - drawn.place[1]) > 30


@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
def test_a_ring_stands_as_many_units_from_the_reader_as_a_clinic_that_far(zip_code):
    place = locate(zip_code).coordinates
    drawn = map_of_results(around(place, 20), 1, place)
    pin = drawn.pins[-1]
    units = math.hypot(pin.x - drawn.place[0], pin.y - drawn.place[1])
    units_per_mile = units / miles_between(place, pin.point.coordinates)
    assert drawn.rings
    for ring in drawn.rings:
        miles = float(ring.label.text.split()[0])
        assert ring.radius == pytest.approx(miles * units_per_mile, rel=0.02)


def test_twenty_clinics_of_one_building_are_twenty_pins_and_one_place():
    drawn = map_of_results([Clinic(pk=n, name="One", latitude=40, longitude=-75) for n in range(20)], 1, None)
    assert len({(round(pin.pin_x / 20), round(pin.pin_y / 20)) for pin in drawn.pins}) == 20
    assert len({(pin.x, pin.y) for pin in drawn.pins}) == 1


def numbers_in(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"M(-?\d+) (-?\d+)l", path)]


@pytest.mark.parametrize(
    ("zip_code", "miles", "kinds"),
    [
        ("10001", 10, ["land", "states", "counties"]),
        ("99546", 200, ["land", "coast"]),  # on both sides of the date line
        ("96910", 20, ["land", "coast"]),
        ("33040", 100, ["land", "coast", "counties"]),
        ("96813", 20, ["land", "coast"]),
        ("00901", 20, ["land", "coast", "counties"]),
        ("59001", 100, ["land", "states", "counties"]),
    ],
)
def test_the_lines_around_a_place_are_drawn(zip_code, miles, kinds):
    place = locate(zip_code).coordinates
    lines = map_of_results(around(place, miles), 1, place).lines
    assert [kind for kind in kinds if not getattr(lines, kind)] == []


def test_the_aleutians_beyond_the_date_line_lie_beside_those_before_it():
    adak, kiska = locate("99546").coordinates, Coordinates(51.98, 177.5)  # west and east of it
    east, north = Projection(adak).miles_to(kiska)
    assert east < -200
    assert math.hypot(east, north) == pytest.approx(miles_between(adak, kiska), rel=0.002)
    drawn = map_of_results(around(adak, 300), 1, adak)
    west = [x for x, _y in numbers_in(drawn.lines.coast) if x < drawn.place[0] - 200 * drawn.view.units_per_mile]
    assert west


def test_a_line_of_the_shapes_is_where_the_census_has_it():
    """The corner where four states meet: 36.999 degrees north, 109.045 west."""
    ends = [arc.fine[end] for arc in us_shapes().arcs if arc.kind == "s" for end in (0, -1)]
    projection = Projection(Coordinates(36.99908, -109.04522))
    assert min(math.hypot(*projection.miles(end)) for end in ends) < 0.3


@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
@pytest.mark.parametrize("miles", [1, 25, 200, 1000])
def test_a_map_weighs_at_most_12_kb(client, zip_code, miles):
    place = locate(zip_code).coordinates
    for clinic in around(place, miles):
        make_clinic(f"{clinic.name} for Recovery and Counseling", at=clinic.coordinates)
    text = client.get("/clinics/", {"near": zip_code, "radius": "any"}).content.decode()
    svg = text[text.index('<svg class="map"') :].split("</svg>")[0]
    assert svg.count('class="pin') == 20
    assert len(gzip.compress(svg.encode(), 6)) <= 12_000


def test_the_pins_have_the_numbers_of_the_list_and_lead_to_the_same_pages(client):
    for n in range(25):
        make_clinic(f"Clinic {n:02}", at=None if n == 22 else Coordinates(39.3 + n / 100, -76.6), state="MD")
    for query, expected in (({"near": "21202", "page": "2"}, 4), ({"near": "Maryland", "page": "2"}, 4), ({}, 20)):
        text = client.get("/clinics/", query | {"radius": "any"}).content.decode()
        listed = dict(re.findall(r'card-number">(\d+)</span> <a href="([^"]*)"', text))
        found = re.findall(r'class="pin[^"]*" href="([^"]*)" aria-label="(\d+)\. ', text)
        pins = {number: href for href, number in found}
        assert len(pins) == expected
        assert pins.items() <= listed.items()


def test_clinics_known_to_their_zip_have_no_number_and_share_a_ring_that_the_caption_explains(client):
    make_clinic("Exact", at=BALTIMORE)
    assert "middle of a ZIP code" not in client.get("/clinics/", {"near": "21202"}).content.decode()
    make_clinic("Somewhere", at=TOWSON, is_approximate=True)
    make_clinic("Nearby", at=TOWSON, is_approximate=True)
    text = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert re.findall(r'class="(pin[^"]*)" href="[^"]*" aria-label="\d+\. (\w+)"', text) == [("pin", "Exact")]
    assert text.count('class="map-zip"') == 1
    assert re.findall(r'card-number">(\d+)<', text) == ["1"]
    assert "middle of a ZIP code" in text


def test_a_map_without_any_exact_spot_says_so(client):
    make_clinic("Somewhere", at=TOWSON, is_approximate=True)
    text = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert 'aria-label="Map: the middle of the ZIP code of each of these clinics.' in text
    assert 'class="pin"' not in text
    assert 'class="map-here' not in text


def test_a_page_of_clinics_without_coordinates_has_no_map(client):
    make_clinic("Nowhere", at=None)
    text = client.get("/clinics/").content.decode()
    assert "Nowhere" in text
    assert 'class="map"' not in text


def test_the_map_has_words_a_way_past_it_and_no_name_that_is_markup(client):
    make_clinic('<script>alert("1")</script>')
    text = client.get("/clinics/", {"near": "21202"}).content.decode()
    assert 'aria-label="Map: 1 clinic and Baltimore, MD 21202. The list has the same number."' in text
    assert 'href="#list"' in text
    assert 'id="list"' in text
    assert "<script>" not in text
    assert "style=" not in text


def test_nothing_about_a_place_stays_in_the_process_after_its_map(client):
    make_clinic()
    client.get("/clinics/", {"near": "21202"})

    def held() -> tuple:
        return (
            len(caches["process"]._cache),
            sum(map(len, clinic_maps.known_towns().cells.values())),
            us_shapes.cache_info()[1:],
        )

    before = held()
    for zip_code in ZIPS.values():
        client.get("/clinics/", {"near": zip_code, "radius": "any"})
    assert held() == before


def test_the_named_towns_are_places_that_people_know_and_are_read_once(django_assert_num_queries):
    map_of_results([Clinic(pk=1, name="One", latitude=39.4, longitude=-76.6)], 1, None)
    with django_assert_num_queries(0):
        drawn = map_of_results(around(BALTIMORE, 20), 1, BALTIMORE)
    names = {label.text for label in drawn.towns}
    assert names & {"Towson", "Glen Burnie", "Columbia", "Essex", "Catonsville", "Dundalk", "Parkville", "Pikesville"}
    assert not any("County" in name for name in names)


def test_maps_of_many_readers_at_once_agree():
    clinics, drawn = around(NEW_YORK, 30), []
    map_of_results(clinics, 1, NEW_YORK)  # the towns are read here: a thread's own connection sees no test

    def draw():
        drawn.append(map_of_results(clinics, 1, NEW_YORK))

    threads = [threading.Thread(target=draw) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 6
    assert len({each.lines.land for each in drawn}) == 1


def test_the_page_of_a_clinic_has_a_small_map_and_a_directions_link_that_warns(client):
    clinic = make_clinic("Towson", at=TOWSON)
    text = client.get(clinic.get_absolute_url()).content.decode()
    assert 'class="map"' in text
    assert "https://www.openstreetmap.org/directions?to=39.4015%2C-76.6019" in text
    assert 'rel="noreferrer nofollow"' in text
    assert "tells it where you want to go" in text


@pytest.mark.parametrize(
    ("fields", "has_map"),
    [({"street": ""}, False), ({"is_approximate": True}, True), ({"street": "", "is_approximate": True}, True)],
)
def test_no_directions_lead_to_a_place_that_is_private_or_not_exact(client, fields, has_map):
    clinic = make_clinic("Towson", at=TOWSON, **fields)
    text = client.get(clinic.get_absolute_url()).content.decode()
    assert "openstreetmap" not in text
    assert ('class="map"' in text) is has_map


@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
def test_the_map_of_a_clinic_has_rings_for_miles(zip_code):
    place = locate(zip_code).coordinates
    clinic = Clinic(pk=1, name="One", street="1 Main Street", latitude=place.latitude, longitude=place.longitude)
    drawn = map_of_clinic(clinic)
    assert drawn.rings
    assert 5 <= drawn.view.width_miles <= 160


def test_without_a_tile_server_there_is_neither_page_nor_link(client):
    make_clinic()
    assert client.get("/clinics/map/", {"near": "21202"}).status_code == 404
    assert "/clinics/map/" not in client.get("/clinics/", {"near": "21202"}).content.decode()
    assert "zoomable" not in client.get("/privacy/").content.decode()


@override_settings(MAP_TILE_URL=TILES, MAP_TILE_CREDIT="Example Maps")
def test_only_the_tile_page_may_load_tiles(client):
    make_clinic("Towson", at=TOWSON)
    results = client.get("/clinics/", {"near": "21202", "medication": "methadone", "radius": "any"})
    assert "tiles.example.org" not in results["Content-Security-Policy"]
    results = client.get("/clinics/", {"near": "21202", "radius": "25"})
    assert "tiles.example.org" not in results["Content-Security-Policy"]
    text = results.content.decode()
    assert "Open a zoomable map (loads from tiles.example.org)" in text
    page = client.get(re.search(r'href="(/clinics/map/[^"]*)"', text)[1].replace("&amp;", "&"))
    [images] = [part for part in page["Content-Security-Policy"].split(";") if "img-src" in part]
    assert images.split() == ["img-src", "'self'", "data:", "https://tiles.example.org"]
    assert page["Content-Security-Policy"].count("example.org") == 1
    text = page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"
    assert "21202" not in text.split("<title>")[1].split("</title>")[0]
    assert re.search(r'aria-label="1\. Towson"', text)
    assert 6 <= len(set(re.findall(r'href="(https://tiles\.example\.org/\d+/\d+/\d+\.png)"', text))) <= 16
    assert "Example Maps" in text
    assert "load nothing from anyone else" not in text
    assert "tiles.example.org" in client.get("/privacy/").content.decode()


@override_settings(MAP_TILE_URL=TILES)
@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
def test_tiles_show_every_pin_and_zoom_in_and_out_to_the_ends(client, zip_code):
    for clinic in around(locate(zip_code).coordinates, 300):
        make_clinic(clinic.name, at=clinic.coordinates)
    query = {"near": zip_code, "radius": "any"}
    text = client.get("/clinics/map/", query).content.decode()
    assert text.count('class="pin"') == 20
    for zoom, last in (("1", "3"), ("99", "18")):
        text = client.get("/clinics/map/", query | {"zoom": zoom}).content.decode()
        for url_zoom, x, y in re.findall(r"example\.org/(\d+)/(\d+)/(\d+)\.png", text):
            assert url_zoom == last
            assert max(int(x), int(y)) < 2 ** int(last)


@override_settings(MAP_TILE_URL=TILES)
def test_the_tile_page_understands_an_old_address(client):
    make_clinic(services=["accepts-outside-medication"])
    text = client.get("/clinics/map/", {"near": "21202", "medication": "accepts-outside-medication"}).text
    assert "is not a choice of this filter" not in text
    assert "care=accepts-outside-medication" in text


@override_settings(MAP_TILE_URL=TILES)
@pytest.mark.parametrize(
    "query", [{"near": "00000"}, {"near": "21202", "radius": "-5"}, {"zoom": "x"}, {"near": "21202", "page": "x"}, {}]
)
def test_a_tile_page_that_cannot_be_drawn_still_links_to_next_steps(client, query):
    page = client.get("/clinics/map/", query)
    assert page.status_code == 200
    assert b"Back to the list" in page.content
    assert b"Choose your state from a list" in page.content
