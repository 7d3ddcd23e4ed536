"""The list of hospitals: what is read of it, what is refused, and which are the nearest."""

import csv
import io
from datetime import date

import pytest
import time_machine
from django.core.management import CommandError, call_command

from clinics import demo, hospitals
from clinics.geo import Coordinates
from clinics.models import Hospital

pytestmark = pytest.mark.django_db
UNTIL = date(2028, 10, 15)
# As the dataset "Hospital General Information" is laid out; invented hospitals in real ZIP codes.
TITLES = [
    *("Facility ID", "Facility Name", "Address", "City/Town", "State", "ZIP Code", "County/Parish"),
    *("Telephone Number", "Hospital Type", "Hospital Ownership", "Emergency Services"),
]
BALTIMORE = "990001,CLOVER KITE ST. AGNES'S HOSPITAL,1 NW 5TH WAY,BALTIMORE,MD,21201,BALTIMORE CITY,(410) 555-0101"
TOWSON = "990002,Walnut Quilt Hospital,2 Gazebo Way,Towson,MD,21204,BALTIMORE,(410) 555-0102"
WITHOUT = "990003,No Emergency Hospital,3 Gazebo Way,Baltimore,MD,21202,BALTIMORE,(410) 555-0103"
NEW_ENGLAND = "990004,Acorn Otter Hospital,4 Gazebo Way,Cambridge,MA,2139,MIDDLESEX,(617) 555-0104"
NOWHERE = "990005,Lost Hospital,5 Gazebo Way,Nowhere,MD,00000,BALTIMORE,(410) 555-0105"
LINES = [f"{BALTIMORE},Acute Care Hospitals,Proprietary,Yes", f"{TOWSON},Acute Care Hospitals,Proprietary,Yes"]
LINES += [f"{WITHOUT},Psychiatric,Proprietary,No", f"{NEW_ENGLAND},Acute Care Hospitals,Proprietary,Yes"]
OF_CHILDREN, OF_SOLDIERS = (TOWSON.replace("990002", number) for number in ("990006", "990007"))
LINES += [f"{OF_CHILDREN},Childrens,Proprietary,Yes"]
LINES += [f"{OF_SOLDIERS},Acute Care - Department of Defense,Government,Yes"]
LINES += [f"{NOWHERE},Acute Care Hospitals,Proprietary,Yes"]
AT_BALTIMORE = Coordinates(39.2904, -76.6122)


@pytest.fixture
def listed(tmp_path):
    """listed(*lines, titles) -> the path of such a list."""

    def write(*lines, titles=TITLES):
        path = tmp_path / "Hospital_General_Information.csv"
        text = io.StringIO()
        csv.writer(text).writerow(titles)
        path.write_text("\ufeff" + text.getvalue() + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_those_with_an_emergency_department_are_read(listed):
    without_place, changes = hospitals.load(listed(*LINES), "2026-10-15", UNTIL)
    assert (without_place, changes) == (1, (3, 0, 0))
    first = Hospital.objects.get(facility_id="990001")
    assert (first.name, first.street, first.city) == ("Clover Kite St. Agnes's Hospital", "1 NW 5th Way", "Baltimore")
    assert (first.phone, first.as_of, first.source) == ("410-555-0101", "2026-10-15", hospitals.SOURCE)
    assert not Hospital.objects.filter(facility_id__in=["990006", "990007"]).exists()
    assert Hospital.objects.get(state="MA").zip_code == "02139", "a spreadsheet lost the zero"


def test_a_number_that_cannot_be_dialled_costs_the_number_alone(listed):
    hospitals.load(listed(LINES[0].replace("(410) 555-0101", "see website")), "2026-10-15", UNTIL)
    assert Hospital.objects.get().phone == ""


def test_the_next_list_replaces_this_one_and_the_same_changes_nothing(listed):
    hospitals.load(listed(*LINES), "2026-10-15", UNTIL)
    before = dict(Hospital.objects.values_list("facility_id", "pk"))
    assert hospitals.load(listed(*LINES), "2026-10-15", UNTIL)[1] == (0, 0, 0)
    assert hospitals.load(listed(LINES[0].replace("(410) 555-0101", "(410) 555-0111")), "2026-10-15", UNTIL)[1] == (
        0,
        1,
        2,
    )
    assert dict(Hospital.objects.values_list("facility_id", "pk")) == {"990001": before["990001"]}
    assert Hospital.objects.get().phone == "410-555-0111"


def test_the_columns_of_older_lists_are_known(listed):
    older = [*TITLES]
    for new, old in [("Facility ID", "Provider ID"), ("Facility Name", "Hospital Name"), ("City/Town", "City")]:
        older[older.index(new)] = old
    older[older.index("Telephone Number")] = "Phone Number"
    assert hospitals.load(listed(*LINES, titles=older), "2019", UNTIL)[1].created == 3


@pytest.mark.parametrize(
    ("lines", "titles", "sentence"),
    [
        (LINES, [title for title in TITLES if title != "ZIP Code"], "lacks the column ZIP Code"),
        ([f"{WITHOUT},Psychiatric,Proprietary,No"], TITLES, "no hospital with an emergency department"),
        ([], TITLES, "no hospital with an emergency department"),
    ],
)
def test_a_file_that_is_no_list_of_hospitals_changes_nothing(listed, lines, titles, sentence):
    hospitals.load(listed(*LINES), "2026-10-15", UNTIL)
    with pytest.raises(hospitals.Unreadable, match=sentence):
        hospitals.load(listed(*lines, titles=titles), "2026-10-15", UNTIL)
    assert Hospital.objects.count() == 3


def test_the_command_says_what_it_did_and_refuses_in_one_sentence(listed, tmp_path):
    out = io.StringIO()
    with time_machine.travel("2026-11-29 12:00 -05:00", tick=False):
        call_command("load_hospitals", str(listed(*LINES)), "--as-of", "2026-10-15", stdout=out)
        with pytest.raises(CommandError, match="is still to come"):
            call_command("load_hospitals", str(listed(*LINES)), "--as-of", "2026-12-15")
    assert out.getvalue() == ("Hospitals with an emergency department: 3 created. 1 have a ZIP code we do not know.\n")
    assert Hospital.objects.first().valid_until == UNTIL
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_hospitals", str(tmp_path / "absent.csv"), "--as-of", "2026-10-15")


def test_the_nearest_come_first_and_none_that_nobody_can_go_to(listed):
    hospitals.load(listed(*LINES), "2026-10-15", UNTIL)
    assert [hospital.facility_id for hospital in hospitals.nearest_to(AT_BALTIMORE)] == ["990001", "990002"]
    assert all(hospital.distance.is_rough for hospital in hospitals.nearest_to(AT_BALTIMORE))
    assert hospitals.nearest_to(Coordinates(61.2, -149.9)) == [], "Anchorage"


def test_an_old_list_is_told_no_longer(listed):
    hospitals.load(listed(*LINES), "2026-10-15", UNTIL)
    with time_machine.travel("2028-10-15 23:59:59 -04:00", tick=False):
        assert hospitals.nearest_to(AT_BALTIMORE)
    with time_machine.travel("2028-10-16 00:00:00 -04:00", tick=False):
        assert hospitals.nearest_to(AT_BALTIMORE) == []


def test_invented_hospitals_go_with_the_invented_clinics(listed):
    hospitals.load(listed(*LINES), "2026-10-15", UNTIL)
    Hospital.objects.filter(state="MA").update(source=demo.INVENTED)
    demo.remove()
    assert Hospital.objects.count() == 2
