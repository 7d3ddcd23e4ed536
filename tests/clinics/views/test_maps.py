"""The map over the tiles of a server that a site's owner names, and of none without one."""

import re

import pytest
from django.test import override_settings

from clinics.search.places import locate
from tests.clinics.maps.test_map import ZIPS, around, on_map
from tests.factories import TOWSON, make_clinic

pytestmark = pytest.mark.django_db
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


def test_without_a_tile_server_there_is_neither_page_nor_link(client):
    make_clinic()
    assert client.get("/clinics/map/tiles/", {"near": "21202"}).status_code == 404
    assert "/clinics/map/tiles/" not in on_map(client, near="21202")
    assert "zoomable" not in client.get("/privacy/").content.decode()


@override_settings(MAP_TILE_URL=TILES, MAP_TILE_CREDIT="Example Maps")
def test_only_the_tile_page_may_load_tiles(client):
    make_clinic("Towson", at=TOWSON)
    for path in ("/clinics/", "/clinics/map/"):
        results = client.get(path, {"near": "21202", "radius": "25"})
        assert "tiles.example.org" not in results["Content-Security-Policy"]
    text = results.content.decode()
    assert "Open a zoomable map (loads from tiles.example.org)" in text
    page = client.get(re.search(r'href="(/clinics/map/tiles/[^"]*)"', text)[1].replace("&amp;", "&"))
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
    text = client.get("/clinics/map/tiles/", query).content.decode()
    assert text.count('class="pin"') == 20
    for zoom, last in (("1", "3"), ("99", "18")):
        text = client.get("/clinics/map/tiles/", query | {"zoom": zoom}).content.decode()
        for url_zoom, x, y in re.findall(r"example\.org/(\d+)/(\d+)/(\d+)\.png", text):
            assert url_zoom == last
            assert max(int(x), int(y)) < 2 ** int(last)


@override_settings(MAP_TILE_URL=TILES)
def test_the_tile_page_understands_an_old_address(client):
    make_clinic(services=["accepts-outside-medication"])
    text = client.get("/clinics/map/tiles/", {"near": "21202", "medication": "accepts-outside-medication"}).text
    assert "is not a choice of this filter" not in text
    assert "care=accepts-outside-medication" in text


@override_settings(MAP_TILE_URL=TILES)
@pytest.mark.parametrize(
    "query", [{"near": "00000"}, {"near": "21202", "radius": "-5"}, {"zoom": "x"}, {"near": "21202", "page": "x"}, {}]
)
def test_a_tile_page_that_cannot_be_drawn_still_links_to_next_steps(client, query):
    page = client.get("/clinics/map/tiles/", query)
    assert page.status_code == 200
    assert b"Back to the list" in page.content
    assert b"Choose your state from a list" in page.content


def test_a_map_takes_no_more_queries_than_a_list_and_only_the_reader_keeps_it(client, django_assert_max_num_queries):
    for clinic in around(locate("21202").coordinates, 40):
        make_clinic(clinic.name, at=clinic.coordinates)
    client.get("/clinics/map/", {"near": "21202"})  # the towns are read at a process's first map
    with django_assert_max_num_queries(4):
        page = client.get("/clinics/map/", {"near": "21202", "medication": "methadone", "treats": "any"})
    assert page["Cache-Control"] == "private, max-age=300"
    assert page["X-Robots-Tag"] == "noindex"
    assert not page.cookies
