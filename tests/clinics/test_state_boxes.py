import pytest

from clinics.models import ZipCode
from clinics.postal_codes import POSTAL_CODES
from clinics.state_boxes import STATE_BOXES, may_be_in


def test_every_state_has_a_box():
    assert STATE_BOXES.keys() == set(POSTAL_CODES)


@pytest.mark.django_db
def test_every_zip_code_lies_in_the_box_of_its_state():
    civil = ZipCode.objects.exclude(kind=ZipCode.Kind.MILITARY).filter(latitude__isnull=False)
    points = civil.values_list("code", "state", "latitude", "longitude")
    assert len(points) > 41_000
    assert [code for code, state, north, east in points if not may_be_in(state, north, east)] == []


@pytest.mark.parametrize(
    ("state", "point"),
    [("OH", (35.5, -97.6)), ("OH", (41.5, 81.7)), ("GU", (13.4, -144.8)), ("MD", (float("nan"), -76.6))],
)
def test_a_point_elsewhere_is_not_in_the_state(state, point):
    assert not may_be_in(state, *point)
