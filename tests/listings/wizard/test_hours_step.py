"""The page of hours: rows with times, or a text; what was guessed is asked back, what readers will see is shown."""

import pytest
from django.urls import reverse

from clinics.hours import readable_week
from clinics.models import Clinic
from clinics.typed_hours import parse_week
from listings.models import Submission
from listings.wizard.answers import answers_of
from listings.wizard.steps.hours import HoursStep, as_data, typed_week
from tests.factories import make_clinic
from tests.listings.accounts.test_owners import change, owner
from tests.listings.factories import make_listing

__all__ = ["owner"]  # a fixture
pytestmark = pytest.mark.django_db


def step(**typed) -> HoursStep:
    return HoursStep(as_data({name: value if isinstance(value, list) else [value] for name, value in typed.items()}))


def again(form: HoursStep, **more) -> HoursStep:
    """The same answers as they are kept, and what else is typed."""
    return HoursStep(as_data(form.typed() | {name: [value] for name, value in more.items()}))


def confirmed(form: HoursStep) -> HoursStep:
    """After every box was ticked."""
    form.is_valid()
    return HoursStep(as_data(form.typed() | {"sure": [doubt.key for doubt in form.asked]}))


def test_rows_are_hours_and_an_empty_day_is_closed():
    form = step(open_mon_from="09:00", open_mon_to="17:00", open_sat_from="09:00", open_sat_to="12:00")
    assert form.is_valid(), form.errors
    assert readable_week(form.cleaned_data["open_hours"]) == "Mon 9 a.m.–5 p.m.; Sat 9 a.m.–noon"
    assert "Hours: Mon 9 a.m.–5 p.m.; Sat 9 a.m.–noon." in form.as_seen


def test_same_as_above_fills_the_weekdays():
    form = step(open_mon_from="08:30", open_mon_to="16:30", same="on")
    assert form.is_valid(), form.errors
    assert readable_week(form.cleaned_data["open_hours"]) == "Mon-Fri 8:30 a.m.–4:30 p.m."
    assert form.data["open_fri_to"] == "16:30"


def test_a_day_may_have_two_stretches():
    form = step(open_mon_from="09:00", open_mon_to="12:00", open_mon_from2="13:00", open_mon_to2="17:00")
    assert form.is_valid(), form.errors
    assert readable_week(form.cleaned_data["open_hours"]) == "Mon 9 a.m.–noon, 1 p.m.–5 p.m."


def test_a_text_that_is_guessed_fills_the_rows_and_is_asked_back_once():
    form = step(open_hours="Mon-Fri 9-5")
    assert not form.is_valid()
    assert (form.data["open_mon_from"], form.data["open_fri_to"]) == ("09:00", "17:00")
    [doubt] = form.asked
    assert doubt.sentence == "“9-5”: 9 a.m. to 5 p.m.? Readers will see: Mon-Fri 9 a.m.–5 p.m."
    assert not again(form).is_valid()  # sent a second time without the tick
    said = confirmed(form)
    assert said.is_valid(), said.errors
    assert readable_week(said.cleaned_data["open_hours"]) == "Mon-Fri 9 a.m.–5 p.m."
    assert not again(said, open_mon_to="05:00").is_valid()  # a yes is to these hours alone


def test_a_text_without_a_guess_is_not_asked_back():
    form = step(open_hours="M-F 9am-5pm; dosing Mon-Sat 5:30am-10am; walk-ins Mon 8am-9am")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["dosing_hours"] == "Mon-Sat 5:30-10:00"
    assert readable_week(form.cleaned_data["walk_in_hours"]) == "Mon 8 a.m.–9 a.m."
    assert "Dosing hours: Mon-Sat 5:30 a.m.–10 a.m." in form.as_seen


def test_hours_past_midnight_are_asked_back_also_in_rows():
    form = step(open_mon_from="19:00", open_mon_to="07:00")
    assert not form.is_valid()
    assert "Open from 7 p.m. until 7 a.m. the next day?" in form.asked[0].sentence
    assert confirmed(form).is_valid()
    assert step(open_mon_from="12:00", open_mon_to="00:00").is_valid()  # until midnight


def test_by_appointment_is_kept_and_read_back():
    form = step(open_hours="by appointment")
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["open_hours"], form.cleaned_data["walk_in_hours"]) == (None, ())
    assert form.as_seen == ["Only with an appointment."]
    assert not again(form, walk_in_mon_from="09:00", walk_in_mon_to="10:00").is_valid()


def test_closed_on_holidays_ticks_them():
    form = confirmed(step(open_hours="Mon-Fri 9am-5pm, closed on holidays"))
    assert form.is_valid(), form.errors
    assert len(form.cleaned_data["holidays_closed"]) == 11


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"open_hours": "varies"}, "“varies” is not a day"),
        ({"open_hours": "none", "open_mon_from": "09:00", "open_mon_to": "17:00"}, "Clear this line"),
        (
            {"open_hours": "Mon-Wed 9am-1pm", "open_mon_from": "09:00", "open_mon_to": "17:00"},
            "The rows have other times for Monday.",
        ),
        (
            {"open_hours": "S 9am-1pm", "open_mon_from": "09:00", "open_mon_to": "17:00"},
            "“s” is not a day. Write days as Mon, Tue, Wed, Thu, Fri, Sat, Sun. Or clear this line",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_kept(typed, sentence):
    form = step(**typed)
    assert not form.is_valid()
    assert sentence in " ".join(form.errors["open_hours"])
    assert {name: values[0] for name, values in form.typed().items() if values[0]} == typed


@pytest.mark.parametrize(
    ("times", "field", "sentence"),
    [
        ({"from": "09:00"}, "to", "Fill in both times, or none."),
        ({"to": "17:00"}, "from", "Fill in both times, or none."),
        ({"from": "noonish", "to": "17:00"}, "from", "“noonish - 17:00” is not a time"),
        ({"from": "09:00", "to": "13:00", "from2": "12:00", "to2": "17:00"}, "from2", "The two times of this day"),
    ],
)  # fmt: skip
def test_an_error_of_a_row_leads_to_the_field_where_it_is_mended(client, owner, times, field, sentence):
    typed = {f"open_mon_{part}": time for part, time in times.items()}
    form = step(**typed)
    assert list(form.errors) == [f"open_mon_{field}"]
    assert sentence in form.errors[f"open_mon_{field}"][0]
    assert {name: values[0] for name, values in form.typed().items() if values[0]} == typed
    client.post(reverse("listings:edit", args=[make_listing(owner, make_clinic()).pk]))
    shown = client.post(reverse("listings:step", args=[Submission.objects.get().listing_id, "hours"]), typed).text
    assert f'href="#id_open_mon_{field}"' in shown
    assert f'id="id_open_mon_{field}_error"' in shown


def test_a_text_adds_days_to_the_rows_and_takes_none_away():
    form = step(open_mon_from="09:00", open_mon_to="17:00", open_hours="Sat 9-1")
    assert not form.is_valid()
    assert form.asked[0].sentence.startswith("“9-1”: 9 a.m. to 1 p.m.?")
    assert not again(form).is_valid()
    said = confirmed(form)
    assert said.is_valid(), said.errors
    assert readable_week(said.cleaned_data["open_hours"]) == "Mon 9 a.m.–5 p.m.; Sat 9 a.m.–1 p.m."


def test_a_text_replaces_what_the_text_before_it_said():
    first = step(open_hours="Mon-Tue 9am-5pm")
    form = again(first, open_hours="Mon 10am-4pm")
    assert form.is_valid(), form.errors
    assert readable_week(form.cleaned_data["open_hours"]) == "Mon 10 a.m.–4 p.m.; Tue 9 a.m.–5 p.m."
    form = again(step(open_hours="By appointment only"), open_hours="Mon 9am-5pm")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["walk_in_hours"] is None
    form = step(by_appointment="on", open_hours="Mon 9am-5pm")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["walk_in_hours"] == ()  # what was ticked stays


@pytest.mark.parametrize(
    "hours",
    ["Mon-Fri 9-17", "24/7", "none", "Sun 22:00-2:00", "Mon 8-9, 10-11, 12-13", "Mon 9:00-12:00, 13:00-17:00", ""],
)
def test_what_is_live_comes_back_as_it_is(hours):
    week = parse_week(hours) if hours else None
    clinic = make_clinic(open_hours=week, walk_in_hours=week, services=["methadone"])
    form = HoursStep.of(answers_of(clinic)["hours"], listing=make_listing(clinic=clinic))
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["open_hours"], form.cleaned_data["walk_in_hours"]) == (week, week)
    assert typed_week("open", week).items() <= form.typed().items()


def test_changed_rows_are_published_and_unchanged_ones_leave_what_an_editor_wrote(client, owner):
    listing = make_listing(owner, make_clinic(open_hours=parse_week("Mon 9-17")))
    client.post(reverse("listings:edit", args=[listing.pk]))
    submission = Submission.objects.get()
    Clinic.objects.update(open_hours=parse_week("Tue 9-17"))
    typed = submission.answers["hours"] | {"walk_in_hours": "Mon 9am-10am"}
    client.post(reverse("listings:step", args=[listing.pk, "hours"]), typed)
    client.post(reverse("listings:check", args=[listing.pk]))
    clinic = Clinic.objects.get()
    assert (clinic.open_hours, clinic.walk_in_hours) == (parse_week("Tue 9-17"), parse_week("Mon 9:00-10:00"))
    change(client, listing, hours={"open_mon_from": "10:00", "open_mon_to": "16:00"})
    assert Clinic.objects.get().open_hours == parse_week("Mon 10:00-16:00")


def test_a_guess_stays_on_the_page_until_it_is_confirmed(client, owner):
    listing = make_listing(owner, make_clinic())
    client.post(reverse("listings:edit", args=[listing.pk]))
    address = reverse("listings:step", args=[listing.pk, "hours"])
    answer = client.post(address, {"open_hours": "Mon-Fri 9-5"})
    assert answer.status_code == 422
    assert "“9-5”: 9 a.m. to 5 p.m.?" in answer.text
    assert "Readers will see" in answer.text
    assert Clinic.objects.get().open_hours is None
