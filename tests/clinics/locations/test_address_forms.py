"""What a geocoder is asked first and second for an awkward address, or why it is not asked. Invented numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics.locations.address_forms import (
    A_CORNER,
    NO_CITY,
    NO_NUMBER,
    ONLY_A_BOX,
    RURAL_ROUTE,
    WITHHELD,
    Address,
    forms_of,
)

SAME = "="  # nothing else is tried
REASONS = {
    "withheld": WITHHELD,
    "box": ONLY_A_BOX,
    "rural route": RURAL_ROUTE,
    "corner": A_CORNER,
    "no number": NO_NUMBER,
}

# street | detail | state | ZIP | sent first, or "- reason" | sent second, "=" if it would be the same
AWKWARD = """
One Main Street | | MA | 01103 | 1 Main Street | =
Six Mile Road | Suite 12 | MI | 48240 | - no number | =
Seven Oaks Drive | | TX | 75201 | - no number | =
120 North Main Street | Suite 4-B | OH | 43085 | 120 North Main Street | 120 N Main Street
11730 NE 96th Street | Suites A and D | WA | 98682 | 11730 NE 96th Street | =
3815 109th Avenue N.E. | | WA | 98004 | 3815 109th Avenue N.E | 3815 109th Avenue NE
105 South West Kincade Road | | OR | 97381 | 105 South West Kincade Road | 105 SW Kincade Road
853 South West Street | | IL | 61401 | 853 South West Street | 853 S West Street
1801 West Street | 3rd Floor | PA | 15120 | 1801 West Street | =
45-12 Ditmars Boulevard | Suite 1032 | NY | 11105 | 45-12 Ditmars Boulevard | =
158-28 Crossbay Boulevard | | NY | 11414 | 158-28 Crossbay Boulevard | =
75-5733 Kuakini Highway | Suite 201 | HI | 96740 | 75-5733 Kuakini Highway | =
17-07 Romaine Street | | NJ | 07410 | 17-07 Romaine Street | =
195-199 West Dominick Street | | NY | 13440 | 195-199 West Dominick Street | 195 W Dominick Street
100-110 Elm Avenue | | CT | 06120 | 100-110 Elm Avenue | 100 Elm Avenue
4440, 4446 and 4456 Burns Avenue | | CA | 90029 | 4440 Burns Avenue | =
329 and 331 East 10th Avenue | | KY | 42101 | 329 East 10th Avenue | 329 E 10th Avenue
583, 585, 587 | and 591 Rio Lindo Avenue | CA | 95926 | 583 Rio Lindo Avenue | =
123 1/2 Beacon Street | | NH | 03301 | 123 1/2 Beacon Street | 123 Beacon Street
516 28 3/4 Road | Building A | CO | 81501 | 516 28 3/4 Road | =
106B Stover Drive | | OH | 43015 | 106B Stover Drive | 106 Stover Drive
3322-B Candelaria Road NE | | NM | 87107 | 3322-B Candelaria Road NE | 3322 Candelaria Road NE
N5368 Mayflower Road | | WI | 54170 | N5368 Mayflower Road | =
N57 W24951 North Corporate Circle | | WI | 53089 | N57 W24951 North Corporate Circle | N57W24951 N Corporate Circle
North 3153 State Road 81 | | WI | 53566 | North 3153 State Road 81 | N3153 State Rd 81
27W351 High Lake Road | | IL | 60190 | 27W351 High Lake Road | =
1063 East 220 South Street | | UT | 84003 | 1063 East 220 South Street | 1063 E 220 South Street
1692 U.S. Highway 9 | | NJ | 08755 | 1692 U.S. Highway 9 | 1692 US Hwy 9
2013 US Route 62/412 | | AR | 72542 | 2013 US Route 62/412 | 2013 US Hwy 62
25342 Highway 93 | | ID | 83226 | 25342 Highway 93 | 25342 Hwy 93
3771 Kentucky Highway 15 South | | KY | 41339 | 3771 Kentucky Highway 15 South | 3771 State Hwy 15 S
4405 State Rd. 70 | | WI | 54893 | 4405 State Rd. 70 | 4405 State Rd 70
14883 SR 13 | | OH | 43076 | 14883 SR 13 | 14883 State Rte 13
2838 CR 101 | | TX | 75142 | 2838 CR 101 | 2838 Co Rd 101
15702 County Road K | | WI | 53530 | 15702 County Road K | 15702 Co Rd K
7511 Farm to Market Road 1886 | | TX | 76020 | 7511 Farm to Market Road 1886 | 7511 FM 1886
7511 F.M. 1886 | | TX | 76020 | 7511 F.M. 1886 | 7511 FM 1886
12346 RR 620 North | | TX | 78750 | 12346 RR 620 North | 12346 RM 620 N
1107 North Interstate I-35 | | TX | 78666 | 1107 North Interstate I-35 | 1107 N I-35
1324 BIA Route 4 | | SD | 57339 | 1324 BIA Route 4 | 1324 BIA Rte 4
41 Navajo Route 12 | | AZ | 86504 | 41 Navajo Route 12 | 41 Navajo Svc Rte 12
8 Indian Service Route 15 | | NM | 87020 | 8 Indian Service Route 15 | 8 Indian Svc Rte 15
7 N-64 | | AZ | 86503 | 7 N-64 | 7 Navajo Svc Rte 64
Highway 264 and Navajo Route 12 | | AZ | 86515 | - corner | =
5th & Main Street | | CO | 81120 | - corner | =
462 2nd Avenue and 28th Street | Room A-453 | NY | 10016 | 462 2nd Avenue and 28th Street | 462 2nd Avenue
100 Johnson and Johnson Plaza | | NJ | 08933 | 100 Johnson and Johnson Plaza | =
401 Bowman Street, P.O. Box 1316 | | OH | 44901 | 401 Bowman Street | =
P.O. Box 555 | | KS | 67037 | - box | =
Apartado 555 | | PR | 00612 | - box | =
6851 Upper Box Elder Road | | MT | 59521 | 6851 Upper Box Elder Road | =
RR 2 Box 45 | | PA | 18801 | - rural route | =
HC 1 Box 33 | 12 Main Street | PR | 00612 | 12 Main Street | =
c/o Riverside Fellowship | 45 Mill Lane | VT | 05060 | 45 Mill Lane | =
123 Main Street #4 | | OR | 97381 | 123 Main Street | =
Building 5 1234 Harbor Way Floor 2 | | CA | 94804 | 1234 Harbor Way | =
Cigar Works Complex | 1101 Walnut Street | KY | 42302 | 1101 Walnut Street | =
778 Seaview Avenue, 2nd Floor | South Tower, Bldg 3 | NY | 10305 | 778 Seaview Avenue | =
1701 North Wheeling Street (116A1) | | CO | 80045 | 1701 North Wheeling Street | 1701 N Wheeling Street
- - - | | CA | 91367 | - withheld | =
Mile 111.5 Richardson Highway | | AK | 99573 | - no number | =
Bancroft Street | AS-213, 2nd Floor | NC | 28540 | - no number | =
Carr 2 Km 14.3 | Bo Candelaria | PR | 00949 | Carr 2 Km 14.3 | Km 14.3 Carr 2
Carretera 908 Km 2 Hm 7 | Barrio Tejas | PR | 00792 | Carretera 908 Km 2 Hm 7 | Km 2.7 Carr 908
Carr. 924 Km. 1,8 Bo. Pitahaya | | PR | 00791 | Carr. 924 Km. 1,8 Bo. Pitahaya | Km 1.8 Carr 924
Urb. Villa Rica, 12 Calle Luna | | PR | 00959 | 12 Calle Luna | =
Urb Santa Rosa 31-5 Avenida Main | | PR | 00959 | - no number | =
A-6 State Road 167 | Urbanizacion Montanez | PR | 00957 | A-6 State Road 167 | A-6 Carr 167
Calle 34 ZF-16 | Urbanizacion Riverview | PR | 00961 | ZF-16 Calle 34 | =
Avenida Hostos #406 | | PR | 00680 | 406 Avenida Hostos | 406 Ave Hostos
Barrio Buena Vista | 118 Calle Fortuna esq Contreras | PR | 00680 | 118 Calle Fortuna esq Contreras | 118 Calle Fortuna
Calle Maga, Pabellon B | Bo Monacillos | PR | 00922 | - no number | =
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in AWKWARD.strip().splitlines()]


@pytest.mark.parametrize(("street", "detail", "state", "zip_code", "first", "second"), ROWS, ids=lambda cell: cell)
def test_what_is_asked_of_an_awkward_address(street, detail, state, zip_code, first, second):
    forms = forms_of(street, detail, "Springfield", state, zip_code)
    if first.startswith("- "):
        assert forms == (None, None, REASONS[first[2:]])
        return
    sent = Address(first, "Springfield", state, zip_code)
    assert forms == (sent, None if second == SAME else sent._replace(street=second), "")


def test_there_are_enough_of_them():
    assert len(ROWS) >= 60


def test_an_address_is_one_line_for_geocoders_that_want_one():
    assert str(Address("1 Main Street", "Springfield", "MA", "01103")) == "1 Main Street, Springfield, MA 01103"
    assert str(Address("1 Main Street", "", "", "01103")) == "1 Main Street, 01103"


def test_a_street_without_any_place_is_not_asked_for():
    assert forms_of("1 Main Street", "", "", "MA", "").reason == NO_CITY
    assert forms_of("1 Main Street", "", "Springfield", "MA", "").as_sent is not None


def test_cleaning_twice_changes_nothing_more():
    for street, detail, state, zip_code, *_forms in ROWS:
        forms = forms_of(street, detail, "Springfield", state, zip_code)
        if forms.cleaned and state != "PR":
            again = forms_of(forms.cleaned.street, "", "Springfield", state, zip_code)
            assert (again.as_sent, again.cleaned) == (forms.cleaned, None)


@given(st.text(max_size=200), st.sampled_from(["PR", "TX", "NY", "WI"]))
def test_no_text_is_too_awkward(text, state):
    forms = forms_of(text, text[::-1], "Springfield", state, "01103")
    assert bool(forms.as_sent) != bool(forms.reason)
    assert forms.as_sent is None or forms.as_sent.street
