"""Hours as people type them: forty ways and more, each with what readers will see, or asked back."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from clinics.hours import DAY, WEEK, readable_week
from clinics.typed_hours import NotHours, format_week, parse_week, read_hours
from tests.clinics.test_hours import weeks

# What is typed, and what readers will see.
CERTAIN = [
    ("Mon-Fri 9am-5pm", "Mon-Fri 9 a.m.–5 p.m."),
    ("M–F: 9:00 AM – 5:00 PM", "Mon-Fri 9 a.m.–5 p.m."),
    ("weekdays 8:30am to 4:30pm", "Mon-Fri 8:30 a.m.–4:30 p.m."),
    ("Monday thru Thursday 7:30am to 4pm, Friday 7:30am to noon", "Mon-Thu 7:30 a.m.–4 p.m.; Fri 7:30 a.m.–noon"),
    ("Mon-Fri 0900-1700", "Mon-Fri 9 a.m.–5 p.m."),
    ("Mo-Fr 9.30-17.00", "Mon-Fri 9:30 a.m.–5 p.m."),
    ("24/7", "day and night, every day"),
    ("Mon-Fri 9am-5pm; Sat closed; Sun closed", "Mon-Fri 9 a.m.–5 p.m."),
    ("Monday: 9am-5pm\nTuesday: 10am-6pm\nSunday: Closed", "Mon 9 a.m.–5 p.m.; Tue 10 a.m.–6 p.m."),
    ("Closed Saturday and Sunday. Open Mon-Fri 8:00 AM - 5:00 PM.", "Mon-Fri 8 a.m.–5 p.m."),
    ("closed Sat, Sun; Mon-Fri 8am-5pm", "Mon-Fri 8 a.m.–5 p.m."),
    ("Mon-Fri 9am-5pm; closed Wed", "Mon-Tue, Thu-Fri 9 a.m.–5 p.m."),
    ("daily 9am-5pm except Sunday", "Mon-Sat 9 a.m.–5 p.m."),
    ("Mon-Fri 9am-5pm, closed 12pm-1pm", "Mon-Fri 9 a.m.–noon, 1 p.m.–5 p.m."),
    ("Mon-Fri 9 a.m. to 5 p.m., closed for lunch noon to 1 p.m.", "Mon-Fri 9 a.m.–noon, 1 p.m.–5 p.m."),
    ("Mon-Fri 5:30a-11a, 1p-3p", "Mon-Fri 5:30 a.m.–11 a.m., 1 p.m.–3 p.m."),
    ("9am-5pm Mon-Fri, 9am-12pm Sat", "Mon-Fri 9 a.m.–5 p.m.; Sat 9 a.m.–noon"),
    ("7 days a week 9am-9pm", "Mon-Sun 9 a.m.–9 p.m."),
    ("Fri 6pm-midnight", "Fri 6 p.m.–midnight"),
    ("Mon/Wed/Fri 7:00-15:30", "Mon, Wed, Fri 7 a.m.–3:30 p.m."),
    ("Lunes a viernes de 8 de la mañana a 5 de la tarde; sábado cerrado", "Mon-Fri 8 a.m.–5 p.m."),
    ("L-V 8am-mediodía", "Mon-Fri 8 a.m.–noon"),
    ("mar. y jue. 13:00-17:00", "Tue, Thu 1 p.m.–5 p.m."),
    ("fines de semana 10:00-14:00", "Sat-Sun 10 a.m.–2 p.m."),
]
GUESSED = [
    ("Mon-Fri 9-5", "Mon-Fri 9 a.m.–5 p.m.", "“9-5”: 9 a.m. to 5 p.m.?"),
    ("M-F 9-5", "Mon-Fri 9 a.m.–5 p.m.", "“9-5”: 9 a.m. to 5 p.m.?"),
    ("Mo-Fr 8:30-4:30", "Mon-Fri 8:30 a.m.–4:30 p.m.", "“8:30-4:30”: 8:30 a.m. to 4:30 p.m.?"),
    ("Monday through Friday 9-5", "Mon-Fri 9 a.m.–5 p.m.", "“9-5”: 9 a.m. to 5 p.m.?"),
    ("Mon-Fri 9am-5", "Mon-Fri 9 a.m.–5 p.m.", "“9am-5”: 9 a.m. to 5 p.m.?"),
    ("lunes a viernes 8 a 5", "Mon-Fri 8 a.m.–5 p.m.", "“8 a 5”: 8 a.m. to 5 p.m.?"),
    ("weekends 10-2", "Sat-Sun 10 a.m.–2 p.m.", "“10-2”: 10 a.m. to 2 p.m.?"),
    ("Mon-Fri 9-12, 1-5", "Mon-Fri 9 a.m.–noon, 1 p.m.–5 p.m.", "“1-5”: 1 p.m. to 5 p.m.?"),
    ("24 hours", "day and night, every day", "“24 hours”: day and night?"),
    ("Mon-Sun 7pm-7am", "Mon-Sun 7 p.m.–7 a.m.", "“7pm-7am”: 7 p.m. to 7 a.m. the next day?"),
    ("Mon-Fri 9am-5am", "Mon-Fri 9 a.m.–5 a.m.", "“9am-5am”: 9 a.m. to 5 a.m. the next day?"),
    ("Mon-Fri 9:00-17:00; Fri 9:00-12:00", "Mon-Thu 9 a.m.–5 p.m.; Fri 9 a.m.–noon", "“fri 9:00-12:00”: an exception"),
    ("closed Sat, Sun, Mon 9am-5pm", "Mon 9 a.m.–5 p.m.", "“9am-5pm”: the hours of Mon?"),
    ("Mon 9am-1pm, 12pm-5pm", "Mon 9 a.m.–5 p.m.", "overlap"),
]
ASKED = [
    ("Sat closed", "No hours were given"),
    ("9-5", "“9-5” names no day"),
    ("weekdays", "“weekdays” has no time"),
    ("Mon 6-9", "“6-9” may be morning or evening"),
    ("S 9am-5pm", "“s” is not a day"),
    ("walk-ins welcome", "“walk” is not a day"),
    ("varies", "“varies” is not a day"),
    ("call for hours", "“call” is not a day"),
    ("Mon-Fri 9am-5pm EST", "“est” is not a day"),
    ("Mon-Fri until 5pm", "“until” is not a day"),
    ("Sat 9am-noon (1st and 3rd)", "“1st” is not a time"),
    ("Mon-Fri 9am-5pm, Sat by appointment", "“sat” has no time"),
    ("Mon-Fri 9am-5pm, closed Christmas", "“christmas” is not a day"),
    ("closed Sunday 9am-5pm", "“closed sunday 9am-5pm” can be read in two ways"),
    ("Mon-Sat 5:30am-11am dosing", "“dosing” has no time"),
    ("holidays 8am-10am", "“holidays”: say whether you are closed"),
]


@pytest.mark.parametrize(("typed", "seen"), CERTAIN)
def test_hours_that_are_clear_are_read_without_a_question(typed, seen):
    read = read_hours(typed)
    assert (readable_week(read.weeks["open"]), read.questions) == (seen, [])


@pytest.mark.parametrize(("typed", "seen", "question"), GUESSED)
def test_what_is_guessed_is_asked_back(typed, seen, question):
    read = read_hours(typed)
    assert readable_week(read.weeks["open"]) == seen
    assert any(question in asked for asked in read.questions)


@pytest.mark.parametrize(("typed", "sentence"), ASKED)
def test_what_is_not_understood_is_asked_back_with_that_part(typed, sentence):
    with pytest.raises(NotHours) as caught:
        read_hours(typed)
    assert sentence in str(caught.value)


def test_days_are_named_in_the_language_of_the_page():
    with translation.override("es"):
        assert readable_week(read_hours("L-V 9am-5pm; S 9-13").weeks["open"]).startswith("lun-vie")
        assert read_hours("S 9-13; D 10-14").weeks["open"] == parse_week("Sat 9:00-13:00; Sun 10:00-14:00")
        with pytest.raises(NotHours, match="lun, mar, mié, jue, vie, sáb, dom"):
            read_hours("Q 9-13")
        assert read_hours("lun, mar, mié, jue, vie, sáb, dom 9:00-17:00")


def test_there_are_more_than_forty_ways():
    assert len({typed for typed, *_rest in [*CERTAIN, *GUESSED, *ASKED]}) > 40


@pytest.mark.parametrize("typed", ["by appointment", "By appointment only", "solo con cita", "cita previa"])
def test_by_appointment_is_a_fact_of_its_own(typed):
    read = read_hours(typed)
    assert (read.by_appointment, read.weeks) == (True, {"walk-in": ()})


def test_hours_doses_and_walk_ins_of_one_text_are_kept_apart():
    read = read_hours("M-F 8am-5pm; dosing hours Mon-Sat 5:30am-10:30am; walk-ins Mon 8am-10am. Closed on holidays.")
    assert {name: readable_week(week) for name, week in read.weeks.items()} == {
        "open": "Mon-Fri 8 a.m.–5 p.m.",
        "dosing": "Mon-Sat 5:30 a.m.–10:30 a.m.",
        "walk-in": "Mon 8 a.m.–10 a.m.",
    }
    assert read.closed_on_holidays
    assert read_hours("Hours: Mon 5am-10am", about="dosing").weeks == {"dosing": ((300, 600),)}


@pytest.mark.parametrize(
    "typed", ["by appointment", "Mon 9am-5pm, closed holidays", "Dosing Mon 5am-9am", "Mon 9am-5pm; walk-ins 9am-10am"]
)
def test_a_field_of_hours_alone_drops_nothing_that_it_cannot_keep(typed):
    with pytest.raises(NotHours):
        parse_week(typed)


@given(st.text(alphabet="mtwfonuesadhrcl0123456789:-;, apm.", max_size=30))
def test_whatever_is_typed_is_read_or_asked_back(typed):
    with suppress(NotHours):
        weeks = read_hours(typed).weeks.values()
        assert all(0 <= start < end <= WEEK for week in weeks for start, end in week)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Mon 9:00-17:00", ((540, 1020),)),
        ("mon 9am - 5pm", ((540, 1020),)),
        ("Mon-Tue 9-12, 13-17", ((540, 720), (780, 1020), (DAY + 540, DAY + 720), (DAY + 780, DAY + 1020))),
        ("Mon, Wed 8:30 a.m. to 12:30 p.m.", ((510, 750), (2 * DAY + 510, 2 * DAY + 750))),
        ("Monday 9-10; Sunday 12am-1am", ((540, 600), (6 * DAY, 6 * DAY + 60))),
        ("Sun 22:00-2:00", ((0, 120), (6 * DAY + 22 * 60, WEEK))),
        ("Sun 24:00-1:00", ((0, 60),)),
        ("Fri-Mon 9-10", tuple((day * DAY + 540, day * DAY + 600) for day in (0, 4, 5, 6))),
        ("daily 0:00-24:00", ((0, WEEK),)),
        ("24/7", ((0, WEEK),)),
        ("open 24 hours", ((0, WEEK),)),
        ("Mon-Sun 24 hours", ((0, WEEK),)),
        ("none", ()),
        ("Mon 22:00-6:00", ((22 * 60, DAY + 360),)),
        ("Mon 9am-5am", ((540, DAY + 300),)),
        ("Mon 8-11, 13-17; Sat closed", ((480, 660), (780, 1020))),
        ("Closed Sat-Sun, Mon 9-12:30", ((540, 750),)),
        ("MWF 10-2", ((600, 840), (2 * DAY + 600, 2 * DAY + 840), (4 * DAY + 600, 4 * DAY + 840))),
        ("Tu/Th: 1-5", ((DAY + 780, DAY + 1020), (3 * DAY + 780, 3 * DAY + 1020))),
        ("Mondays and Weds. from 8am until noon", ((480, 720), (2 * DAY + 480, 2 * DAY + 720))),
        ("Weekends noon — midnight", ((5 * DAY + 720, 6 * DAY), (6 * DAY + 720, WEEK))),
        ("Mon 9-5pm", ((540, 1020),)),
        ("Mon 11-2pm", ((660, 840),)),
        ("Mon 1-3pm", ((780, 900),)),
        ("Mon 8am-4", ((480, 960),)),
        ("Mon 0830-1700", ((510, 1020),)),
        ("Mon 9:00-5:00", ((540, 1020),)),
        ("Mon 09:00-05:00", ((540, 1020),)),
        ("Mon 12:30-4:30", ((750, 990),)),
        ("Mon 5:30-11:00", ((330, 660),)),
        ("Mon 8-12 & 1-5", ((480, 720), (780, 1020))),
    ],
)
def test_hours_are_read_as_people_write_them(text, minutes):
    assert parse_week(text) == minutes


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ";",
            "soon",
            "Mon",
            "Mon 9",
            "Xyz 9-17",
            "Mon 25-26",
            "Mon 9:75-10",
            "Mon 13pm-14",
            "9-17",
            "closed Sat",
        ),
        *("Mon 9-17, soon", "MF 9-17", "S 9-17", "Mon 6-9", "Mon 12-12", "Mon 4-3", "Mon 9-5x", "Mon-Fri 9-17-18"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(text):
    with pytest.raises(NotHours, match=r"[A-Z“].*\."):
        parse_week(text)


def test_morning_or_evening_is_asked():
    with pytest.raises(NotHours) as caught:
        parse_week("Tue 6-9")
    assert str(caught.value) == "“6-9” may be morning or evening. Write am or pm, such as 6am-9am or 6pm-9pm."


with (Path(__file__).parents[1] / "data" / "cases" / "C24_hours_typed.csv").open() as file:
    TYPED = [(row["typed"], row["expected"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("typed", "expected"), TYPED)
def test_hours_without_am_and_pm_are_those_of_a_day(typed, expected):
    understood = format_week(parse_week(typed))
    assert understood.removeprefix("Mon-Fri ") in expected
    assert not any(start % DAY <= 2 * 60 < end % DAY or end - start > DAY for start, end in parse_week(typed))


@given(weeks)
@example(((0, 120), (6 * DAY + 22 * 60, WEEK)))
@example(((0, WEEK),))
@example(((3 * DAY + 60, 3 * DAY + 12 * 60),))
def test_a_week_survives_being_written_and_read(week):
    assert parse_week(format_week(week)) == week
