import gzip
import html
import math
import re
import threading

import pytest
from django.core.cache import caches

from clinics import clinic_maps
from clinics.clinic_maps import map_of_clinic, map_of_results
from clinics.geo import Coordinates, miles_between
from clinics.maps.pins import MapPoint
from clinics.maps.projection import HEIGHT, WIDTH, Projection
from clinics.maps.shapes import us_shapes
from clinics.maps.zip_areas import areas_of
from clinics.models import Clinic
from clinics.search.places import locate
from tests.clinics.reading_rows import numbers_of, rows_of
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


def around(place: Coordinates, miles: float, count: int = 20) -> list[Clinic]:
    """Unsaved clinics in all directions, the last one `miles` away; every third one at the place of the one before."""
    clinics = []
    for n in range(count):
        angle, part = n * 2.4, miles * (n - n % 3 + 3) / (count + 2) / 69.0
        latitude = place.latitude + part * math.cos(angle - 2.4 * (n % 3 == 2))
        longitude = place.longitude + part * math.sin(angle - 2.4 * (n % 3 == 2)) / math.cos(math.radians(latitude))
        longitude = (longitude + 180) % 360 - 180
        clinics.append(
            Clinic(pk=n + 1, name=f"Clinic {n}", street="1 Elm", city="Town", latitude=latitude, longitude=longitude)
        )
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
    drawn = map_of_results(
        [Clinic(pk=n, name="One", street="1 Elm", latitude=40, longitude=-75) for n in range(20)], 1, None
    )
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
    text = client.get("/clinics/map/", {"near": zip_code, "radius": "any"}).content.decode()
    svg = text[text.index('<svg class="map"') :].split("</svg>")[0]
    assert svg.count('class="pin') == 20
    assert len(gzip.compress(svg.encode(), 6)) <= 12_000


def on_map(client, **query) -> str:
    return client.get("/clinics/map/", query).content.decode()


def test_the_pins_have_the_numbers_of_the_list_and_lead_to_the_same_pages(client):
    for n in range(25):
        make_clinic(f"Clinic {n:02}", at=None if n == 22 else Coordinates(39.3 + n / 100, -76.6), state="MD")
    for query, expected in (({"near": "21202", "page": "2"}, 4), ({"near": "Maryland", "page": "2"}, 4), ({}, 20)):
        query |= {"radius": "any"}
        rows = rows_of(client.get("/clinics/", query).content.decode())
        listed = {row.number: row.address for row in rows}
        found = re.findall(r'class="pin[^"]*" href="([^"]*)" aria-label="(\d+)\. ', on_map(client, **query))
        pins = {number: html.unescape(href) for href, number in found}
        assert len(pins) == expected
        assert pins.items() <= listed.items()


def test_clinics_known_to_their_zip_have_no_number_and_share_an_area_that_the_caption_explains(client):
    make_clinic("Exact", at=BALTIMORE)
    assert "somewhere in it" not in on_map(client, near="21202")
    for name in ("Somewhere", "Nearby"):
        make_clinic(name, at=TOWSON, is_approximate=True, city="Towson", zip_code="21204")
    text = on_map(client, near="21202")
    assert re.findall(r'class="(pin[^"]*)" href="[^"]*" aria-label="\d+\. (\w+)"', text) == [("pin", "Exact")]
    assert re.findall(r'class="map-zip" role="img" aria-label="([^"]*)"', text) == ["21204: 2 clinics"]
    assert ">21204 (2)</text>" in text
    assert "somewhere in it" in text
    assert numbers_of(client.get("/clinics/", {"near": "21202"}).content.decode()) == ["1"]
    assert re.findall(r'key-pin">(\d+)</span><span><a', text) == ["1"]  # the list below the map, too


def test_a_map_without_any_exact_spot_says_so(client):
    make_clinic("Somewhere", at=TOWSON, is_approximate=True)
    text = on_map(client, near="21202")
    assert 'aria-label="Map: the ZIP codes in which these clinics are. We do not know the exact spots."' in text
    assert 'class="pin"' not in text
    assert 'class="map-here' not in text


@pytest.mark.parametrize(("miles_apart", "miles"), [(0.2, 0.5), (3, 1.5), (40, 2)])
def test_the_area_of_a_zip_code_is_half_as_wide_as_the_way_to_the_next_one_within_what_is_usual(miles_apart, miles):
    points = [
        MapPoint(Coordinates(0, n), "", is_approximate=True, zip_code=f"2120{n}", city="Baltimore") for n in (1, 2)
    ]
    one, other = areas_of(points, lambda place: (place.longitude * miles_apart * 100, 0), units_per_mile=100)
    assert one.radius == other.radius == miles * 100


def test_on_a_wide_map_a_town_stands_for_its_zip_codes_and_is_named_once():
    places = {
        "59101": ("Billings", 45.77, -108.49),
        "59102": ("Billings", 45.78, -108.57),
        "59601": ("Helena", 46.6, -112),
    }
    clinics = [
        Clinic(pk=n, name="One", city=city, zip_code=code, latitude=latitude, longitude=longitude, point_quality="zip")
        for n, (code, (city, latitude, longitude)) in enumerate(places.items())
    ]
    drawn = map_of_results(clinics, 1, locate("59011").coordinates)
    assert [(area.place, area.clinics) for area in drawn.zip_areas] == [("Billings", 2), ("Helena", 1)]
    assert [area.label.text for area in drawn.zip_areas] == ["Billings (2)", "Helena"]
    assert not {"Billings", "Helena"} & {label.text for label in drawn.towns}


def test_a_page_of_clinics_without_coordinates_has_no_map(client):
    make_clinic("Nowhere", at=None)
    text = client.get("/clinics/").content.decode()
    assert "Nowhere" in text
    assert "/clinics/map/" not in text
    assert "There is nothing to show on a map here." in on_map(client)


def test_a_clinic_that_keeps_its_street_private_has_no_pin_on_the_map_of_a_list(client):
    make_clinic("Open", at=BALTIMORE)
    make_clinic("Shelter", at=TOWSON, street="")
    text = on_map(client, near="21202", radius="any")
    assert re.findall(r'class="pin[^"]*" href="[^"]*" aria-label="\d+\. (\w+)"', text) == ["Open"]


def test_a_list_carries_no_drawing_and_a_link_that_keeps_its_query(client):
    make_clinic("Towson", at=TOWSON)
    text = client.get("/clinics/", {"near": "21202", "radius": "25"}).content.decode()
    assert "<svg class=" not in text
    assert "css/map" not in text
    assert 'href="/clinics/map/?near=21202&amp;radius=25"' in text
    assert "data-map" not in text  # 7.7 miles: a direction would not help


@pytest.mark.parametrize(
    ("miles", "is_shown"),
    [([4], False), ([11], True), ([1, 30, 30, 30, 30, 30], True), ([1, 2, 9, 30, 30, 30], False), ([], False)],
)
def test_a_map_is_beside_the_list_only_where_most_of_the_first_are_far(client, miles, is_shown):
    for n, each in enumerate(miles):
        make_clinic(f"Clinic {n}", at=Coordinates(39.2908 + each / 69, -76.6108))
    make_clinic("Nowhere", at=None)
    text = client.get("/clinics/", {"near": "39.2908,-76.6108", "radius": "any"}).content.decode()
    assert ("data-map" in text) is is_shown
    assert ("with-map" in text) is is_shown


def test_what_is_far_beyond_the_others_is_off_the_map():
    hilo = locate("96720").coordinates
    clinics = [*around(hilo, 200, 3), Clinic(pk=9, name="California", street="1 Elm", latitude=37.8, longitude=-122.3)]
    assert [pin.number for pin in map_of_results(clinics, 1, hilo).pins] == [1, 2, 3]
    assert len(map_of_results(clinics, 1, None).pins) == 4


def test_the_map_has_words_and_no_name_that_is_markup(client):
    make_clinic('<script>alert("1")</script>')
    text = on_map(client, near="21202")
    assert 'aria-label="Map: 1 clinic and Baltimore, MD 21202. The list has the same number."' in text
    assert 'href="/clinics/?near=21202">Back to the list' in text
    assert "<script>" not in text
    assert "style=" not in text


def test_nothing_about_a_place_stays_in_the_process_after_its_map(client):
    make_clinic()
    client.get("/clinics/map/", {"near": "21202"})

    def held() -> tuple:
        return (
            len(caches["process"]._cache),
            sum(map(len, clinic_maps.known_towns().cells.values())),
            us_shapes.cache_info()[1:],
        )

    before = held()
    for zip_code in ZIPS.values():
        for path in ("/clinics/", "/clinics/map/"):
            client.get(path, {"near": zip_code, "radius": "any"})
    assert held() == before


def test_the_named_towns_are_places_that_people_know_and_are_read_once(django_assert_num_queries):
    map_of_results([Clinic(pk=1, name="One", street="1 Elm", latitude=39.4, longitude=-76.6)], 1, None)
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


BIG_TIMBER = {"city": "Big Timber", "state": "MT", "zip_code": "59011"}


@pytest.mark.parametrize(
    ("fields", "mark"),
    [({}, "map-here"), ({"street": ""}, None), ({"is_approximate": True}, "map-zip")],
)
def test_the_page_of_a_clinic_far_from_towns_has_a_small_map_but_of_no_private_spot(client, fields, mark):
    clinic = make_clinic(at=locate("59011").coordinates, **BIG_TIMBER | fields)
    text = client.get(clinic.get_absolute_url()).content.decode()
    assert re.findall(r'class="(map-here|map-zip)"', text) == ([mark] if mark else [])
    assert ('class="map"' in text) is bool(mark)


def test_the_page_of_a_clinic_in_a_city_has_no_map_without_streets(client):
    text = client.get(make_clinic(at=BALTIMORE).get_absolute_url()).content.decode()
    assert 'class="map"' not in text
    assert "css/map" not in text


@pytest.mark.parametrize("zip_code", ZIPS.values(), ids=ZIPS)
def test_the_map_of_a_clinic_has_rings_for_miles(zip_code):
    place = locate(zip_code).coordinates
    clinic = Clinic(pk=1, name="One", street="1 Main Street", latitude=place.latitude, longitude=place.longitude)
    drawn = map_of_clinic(clinic)
    assert drawn.rings
    assert 5 <= drawn.view.width_miles <= 160
