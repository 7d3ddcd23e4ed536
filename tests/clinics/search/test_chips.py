"""The chips above a list: each a link that turns its filters on or off."""

import pytest

from tests.clinics.reading_rows import chip_of, chips_of, rows_of
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory():
    make_clinic("Cash", services=["cash", "telehealth"])
    make_clinic("Medicaid", services=["medicaid", "residential"])
    make_clinic("Both", services=["medicaid", "cash", "telehealth", "residential"])


def names(client, query: str) -> set[str]:
    return {row.name for row in rows_of(client.get(f"/clinics/?{query}").content.decode())}


@pytest.mark.parametrize(
    ("query", "chip", "left"),
    [
        ("near=21202&payment=cash", "Takes Medicaid", {"Medicaid", "Both"}),
        ("near=21202&setting=telehealth", "Stay there", {"Medicaid", "Both"}),
        ("near=21202&payment=cash&setting=telehealth", "Stay there", {"Both"}),
    ],
)
def test_a_chip_takes_the_place_of_other_answers_to_its_question(client, directory, query, chip, left):
    address = chip_of(client.get(f"/clinics/?{query}").content.decode(), chip).address.partition("?")[2]
    assert names(client, address) == left
    off = chip_of(client.get(f"/clinics/?{address}").content.decode(), chip)
    assert off.is_on
    assert len(names(client, off.address.partition("?")[2])) >= len(left)


def test_what_a_reader_turned_on_comes_first(client, directory):
    page = client.get(
        "/clinics/?near=21202&setting=residential&setting=hospital-inpatient&payment=cash"
    ).content.decode()
    assert [chip.text for chip in chips_of(page)][:3] == ["Stay there", "Cash, or you pay yourself", "Gives medicine"]
