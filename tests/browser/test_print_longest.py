"""On paper, while every clinic states as much as any does: sheets and numbers hold whatever the names."""

import json

import pytest
from django.utils import timezone

from clinics.models.availability import WeekField
from clinics.questions.registry import OWN
from clinics.search import facets
from clinics.typed_hours import parse_week
from tests.browser.conftest import LONG_DETAIL, LONG_NAME
from tests.browser.paper import numbers_of, pages_of

LANGUAGES = pytest.mark.parametrize("prefix", ["", "/es"])
PAPERS = pytest.mark.parametrize("paper", ["Letter", "A4"])
FIRST_NUMBER = "617-555-0198"
PAPER_PIXELS = {"width": 730, "height": 970}  # of Letter, within its margins


def week(text: str) -> str:
    return WeekField().get_prep_value(parse_week(text))


ANSWERS: dict[str, object] = {
    key: True if question.kind == "yes-no" else [choice.slug for choice in question.choices]
    for key, question in OWN.items()
    if question.kind in ("yes-no", "choice")
}
# What each clinic states meanwhile: names and streets as long as the government's longest, every number and answer.
LONG = {
    "name": f"{LONG_NAME} of Northern Middlesex",
    "name_detail": LONG_DETAIL,
    "street": "12345 Martin Luther King Junior Memorial Boulevard North East",
    "street_detail": "Building 12, Suite 400",
    "intake_phones": [f"{FIRST_NUMBER} x12345"],
    "other_phones": ["617-555-0196", "617-555-0195"],
    "hotlines": ["800-555-0197"],
    "treatment_bits": facets.MEDICINE.mask
    | facets.mask_of(
        facets.VALUES[f"medication/{slug}"]
        for slug in (
            "buprenorphine",
            "methadone",
            "naltrexone",
            "buprenorphine-injection",
            "naltrexone-injection",
        )
    ),
    "denied_bits": 0,
    "patient_bits": facets.GROUPS_BY_SLUG["payment"].mask,
    "open_hours": week("Mon-Wed 6:30-11:00, 13:00-16:30; Thu 7:00-12:00; Fri 6:00-11:00, 14:00-19:00; Sat 7:00-10:00"),
    "walk_in_hours": week("Mon 6:30-8:00; Tue 7:00-8:30; Wed 7:30-9:00; Thu-Fri 7:00-10:30"),
    "accepting_new_patients": True,
    "days_to_first_visit": 2,
    "answers": json.dumps(ANSWERS),
    "answers_stated": json.dumps({key: ["owner", timezone.localdate().isoformat()] for key in ANSWERS}),
}


@pytest.fixture(scope="module")
def long_clinics(site):
    """The site while every clinic states as much as any does; afterwards it is as before."""
    was = ", ".join(f"{name} = kept.{name}" for name in LONG)
    with site.cursor() as cursor:
        cursor.execute(f"CREATE TABLE kept AS SELECT id, {', '.join(LONG)} FROM clinics_clinic")
        cursor.execute(f"UPDATE clinics_clinic SET {', '.join(f'{name} = %s' for name in LONG)}", list(LONG.values()))
        yield site
        cursor.execute(f"UPDATE clinics_clinic SET {was} FROM kept WHERE kept.id = clinics_clinic.id")
        cursor.execute("DROP TABLE kept")


@LANGUAGES
def test_a_list_of_the_longest_names_is_two_sheets(printed, long_clinics, prefix):
    path = f"{prefix}/clinics/?near=02139&radius=any&sort=distance"  # not the one that the browser remembers
    runs = printed(path)
    assert pages_of(runs) == 2
    numbers = [number for _page, number in numbers_of(runs)]
    assert numbers.count(FIRST_NUMBER) >= 20
    assert pages_of(printed(path, scale=2)) > 2  # so the count counts


@PAPERS
@LANGUAGES
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_call_sheet_is_one_sheet_whatever_its_clinics_state(printed, long_clinics, prefix, paper, count):
    ids = "&".join(
        f"id={pk}" for [pk] in long_clinics.rows(f"SELECT id FROM clinics_clinic WHERE is_listed LIMIT {count}")
    )
    runs = printed(f"{prefix}/clinics/compare/?{ids}&near=02139", paper)
    assert pages_of(runs) == 1
    numbers = [number for _page, number in numbers_of(runs)]
    assert [numbers.count(number) for number in (FIRST_NUMBER, "617-555-0196", "911")] == [count, count, 1]


@PAPERS
@LANGUAGES
def test_a_clinic_that_states_everything_is_two_sheets_at_most(printed, long_clinics, prefix, paper):
    runs = printed(f"{prefix}{long_clinics.clinic}?near=02139", paper)
    assert pages_of(runs) <= 2
    assert {FIRST_NUMBER, "617-555-0196", "617-555-0195", "800-555-0197"} <= {
        number for _page, number in numbers_of(runs)
    }


@LANGUAGES
@pytest.mark.parametrize(
    "path", ["/clinics/?near=02139&radius=any&sort=distance", "/clinics/compare/?{ids}&near=02139", "{clinic}"]
)
def test_no_number_on_paper_is_cut_off(look_at, long_clinics, prefix, path):
    page = look_at(prefix + path.format(ids=long_clinics.ids, clinic=long_clinics.clinic), viewport=PAPER_PIXELS)
    page.emulate_media(media="print")
    try:
        cut = page.locator("a[href^='tel:']:visible").evaluate_all(
            """links => links.filter(link => {
                for (let box = link; box; box = box.parentElement) {
                    const clips = getComputedStyle(box).overflow !== "visible" || box === document.documentElement;
                    const [inner, outer] = [link.getBoundingClientRect(), box.getBoundingClientRect()];
                    if (clips && (inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1)) return true;
                }
                return link.scrollWidth > link.clientWidth + 1 && getComputedStyle(link).display !== "inline";
            }).map(link => link.innerText)"""
        )
    finally:
        page.emulate_media(media="screen")
    assert cut == []
