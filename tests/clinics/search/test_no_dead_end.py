"""A sample of `make bench-sweep`: whatever ZIP code and filters are asked for, the page has a next step."""

import random

import pytest
from django.core.management import call_command
from django.http import QueryDict

from clinics.models import Clinic, ZipCode
from clinics.search.filters import ClinicFilter
from clinics.search.places import locate
from tests.bench.sweep import FILTER_SETS, dead_end, finds_clinics, sweep
from tests.depth import tries
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
ZIP_CODES = tries(suite=40, deep=400)


@pytest.mark.deep
def test_no_search_is_without_a_next_step():
    call_command("load_demo", verbosity=0)
    codes = sorted(ZipCode.objects.values_list("code", flat=True))
    searches = ZIP_CODES * len(FILTER_SETS)
    assert sweep(random.Random().sample(codes, ZIP_CODES), page_every=4) == (searches, [])


def test_nor_is_one_in_an_empty_directory():
    assert not Clinic.objects.exists()
    assert sweep(["10001", "59001", "00001", "09001"]) == (20, [])


@pytest.mark.parametrize(
    ("status", "html", "why"),
    [
        (200, "<main><a href='/clinics/1/x/'>x</a><a href='tel:+16175550100'>617-555-0100</a></main>", ""),
        (200, "<main><a href='/clinics/?near=10001&amp;radius=any'>x</a></main>", ""),
        (200, "<main><a href='?near=10001'>x</a></main>", ""),
        (500, "<main><a href='?near=10001'>x</a></main>", "status 500"),
        (200, "<main><a href='/clinics/1/x/'>x</a></main>", "clinics without a number to call"),
        (200, "<main><a href='tel:988'>988</a> <a href='/privacy/'>Privacy</a></main>", "no way on"),
        (200, "<main></main><a href='?near=10001'>x</a>", "no way on"),
    ],
)
def test_a_dead_end_is_told_from_a_way_on(status, html, why):
    assert dead_end(status, html) == why


@pytest.mark.parametrize(("code", "found"), [("21202", True), ("10001", True), ("96799", True)])
def test_a_search_finds_clinics_in_its_radius_or_beyond(code, found):
    make_clinic("Far", services=["methadone-in-treatment"])
    methadone = ClinicFilter(QueryDict(f"near={code}&radius=10&medication=methadone"))
    residential = ClinicFilter(QueryDict(f"near={code}&setting=residential"))
    for filters in (methadone, residential):
        filters.form.full_clean()
    assert finds_clinics(methadone, locate(code)) is found
    assert not finds_clinics(residential, locate(code))
