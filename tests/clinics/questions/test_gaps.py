"""What a clinic has not said and readers filter by: which is asked first, and what a tap on a button writes."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from clinics import availability
from clinics.models import Clinic, FactGroup, Source
from clinics.questions import kinds, stated
from clinics.questions.gaps import gaps_of, read_tap
from clinics.questions.registry import OWN
from clinics.verification import answers as ages
from clinics.verification.confirmation_links import link_path
from clinics.verification.provenance import answer, confirm
from clinics.verification.reconfirmation import MOST_ASKED, message_of, request_confirmation, still_right
from tests.clinics.admin.admin_client import save
from tests.factories import BALTIMORE, PHILADELPHIA, TOWSON, make_clinic

pytestmark = pytest.mark.django_db


def say(clinic, source=Source.OWNER, **answers) -> Clinic:
    stated.state(clinic, answers, source)
    clinic.save()
    return clinic


def test_what_most_clinics_near_it_say_comes_first_and_figures_count_clinics():
    clinic = make_clinic("Silent", at=BALTIMORE)
    say(make_clinic("Near", at=TOWSON), id_needed=False, referral_needed=False)
    say(make_clinic("Nearer", at=BALTIMORE), referral_needed=False, interpreter=False)
    say(make_clinic("Far", at=PHILADELPHIA), interpreter=True)
    say(make_clinic("Gone", at=BALTIMORE, is_listed=False), interpreter=True)
    first, second, third, *_others = gaps_of(clinic)
    assert [(gap.question.key, gap.found, gap.near) for gap in (first, second)] == [
        ("referral_needed", 2, 2),
        ("id_needed", 1, 2),
    ]
    assert third.question.key == "accepting_new_patients"  # of the others the first of the registry
    assert first.why == "A search that filters by it finds 2 of 2 clinics within 25 miles, not yours."
    assert third.why == "A search can filter by it, and finds no clinic near you so far."


def test_what_it_said_is_no_gap_until_it_is_too_old():
    clinic = say(make_clinic(), id_needed=True)
    assert "id_needed" not in [gap.question.key for gap in gaps_of(clinic)]
    clinic.answers_stated["id_needed"][1] = str(timezone.localdate() - timedelta(days=366))
    assert "id_needed" in [gap.question.key for gap in gaps_of(clinic)]


def test_a_question_that_is_not_for_a_clinic_of_its_kind_is_no_gap():
    assert "take_homes_first_month" not in [gap.question.key for gap in gaps_of(make_clinic())]
    program = make_clinic(services=["opioid-treatment-program"])
    assert "take_homes_first_month" in [gap.question.key for gap in gaps_of(program)]


def test_a_clinic_that_is_not_on_the_map_is_asked_too():
    gap, *_others = gaps_of(make_clinic(at=None))
    assert (gap.question.key, gap.found, gap.near, gap.why) == ("accepting_new_patients", 0, 0, "")


@pytest.mark.parametrize("text", ["", "id_needed", "id_needed=", "id_needed=maybe", "letters=court", "x=yes", "=yes"])
def test_a_tap_that_no_button_sends_is_none(text):
    assert read_tap(text) is None


def test_a_button_of_every_gap_is_read():
    program = make_clinic(services=["opioid-treatment-program", "methadone-in-treatment"])
    for gap in gaps_of(program, one_tap=True):
        for value, _words in gap.choices:
            question, _answer = read_tap(f"{gap.question.key}={value}")
            assert question == gap.question


# What a tap writes


def test_an_answer_vouches_for_itself_alone():
    clinic = say(make_clinic(), Source.OWNER, id_needed=True)
    clinic.answers_stated["id_needed"][1] = "2026-01-01"
    answer(clinic, {"referral_needed": False}, Source.CALLED)
    clinic.refresh_from_db()
    assert clinic.answers == {"id_needed": True, "referral_needed": False}
    assert clinic.answers_stated == {
        "id_needed": ["owner", "2026-01-01"],
        "referral_needed": ["called", str(timezone.localdate())],
    }
    assert not clinic.confirmations.exists()


def test_an_answer_with_a_column_brings_nothing_back_that_is_too_old():
    clinic = make_clinic(counseling_required=False, desk_languages=["spanish"])
    confirm(clinic, [FactGroup.AVAILABILITY], Source.OWNER, phone_changed=False)
    clinic.confirmations.update(confirmed_on=timezone.localdate() - timedelta(days=400))
    clinic.refresh_from_db()
    answer(clinic, {"accepting_new_patients": True}, Source.CALLED)
    clinic.refresh_from_db()
    assert (clinic.accepting_new_patients, clinic.counseling_required, clinic.desk_languages) == (True, None, None)
    [confirmation] = clinic.confirmations.all()
    assert (confirmation.source, confirmation.confirmed_on) == (Source.CALLED, timezone.localdate())


def test_an_answer_with_a_column_gives_no_new_day_to_what_nobody_was_asked_for():
    clinic = make_clinic(counseling_required=False)
    confirm(clinic, [FactGroup.AVAILABILITY], Source.OWNER, phone_changed=False)
    before = timezone.localdate() - timedelta(days=100)
    clinic.confirmations.update(confirmed_on=before)
    clinic.refresh_from_db()
    answer(clinic, {"accepting_new_patients": True}, Source.CALLED)
    clinic.refresh_from_db()
    assert (clinic.accepting_new_patients, clinic.counseling_required) == (True, False)
    assert list(clinic.confirmations.values_list("source", "confirmed_on")) == [(Source.OWNER, before)]
    answer(clinic, {"accepting_new_patients": False, "counseling_required": True}, Source.CALLED)
    assert list(clinic.confirmations.values_list("source", "confirmed_on")) == [(Source.CALLED, timezone.localdate())]


def test_an_answer_with_a_column_leaves_alone_what_is_still_known():
    clinic = make_clinic(counseling_required=False)
    confirm(clinic, [FactGroup.AVAILABILITY], Source.OWNER, phone_changed=False)
    answer(clinic, {"days_to_first_visit": 1}, Source.OWNER)
    clinic.refresh_from_db()
    assert (clinic.days_to_first_visit, clinic.counseling_required) == (1, False)


def test_all_still_right_says_the_answers_again_but_not_those_that_are_too_old():
    clinic = say(make_clinic(), Source.CALLED, id_needed=True, interpreter=True)
    clinic.answers_stated = {"id_needed": ["called", "2020-01-01"], "interpreter": ["called", "2026-11-01"]}
    clinic.save()
    still_right(clinic)
    clinic.refresh_from_db()
    assert clinic.answers_stated == {
        "id_needed": ["called", "2020-01-01"],
        "interpreter": ["owner", str(timezone.localdate())],
    }


def test_filters_forget_an_answer_when_pages_do(time_machine):
    clinic = say(make_clinic(), interpreter=True, id_needed=False)
    clinic.answers_stated["interpreter"][1] = str(timezone.localdate() - timedelta(days=1))
    clinic.save()
    bits = clinic.availability_bits
    assert ages.age() == 0
    time_machine.move_to(timezone.now() + timedelta(days=365))
    assert ages.age() == 1
    clinic.refresh_from_db()
    assert clinic.availability_bits.bit_count() == bits.bit_count() - 1
    assert stated.known(clinic)["interpreter"] is None
    assert stated.known(clinic)["id_needed"] is False
    assert ages.age() == 0


def test_a_clinic_that_becomes_a_program_is_found_by_the_answers_for_programs():
    clinic = say(make_clinic(), take_homes_first_month=True)
    assert clinic.availability_bits & stated.BITS == 0
    program = make_clinic(services=["opioid-treatment-program"])
    Clinic.objects.filter(pk=clinic.pk).update(treatment_bits=program.treatment_bits)  # as an import does
    assert ages.age() == 1
    clinic.refresh_from_db()
    assert clinic.availability_bits & stated.BITS == stated.bits(clinic) != 0


@pytest.mark.parametrize(
    ("answers", "by"),
    [
        ({"last_intake_time": "noon"}, ["owner", "2026-11-01"]),
        ({"letters": [{}]}, ["owner", "2026-11-01"]),
        ({"letters": "court"}, ["owner", "2026-11-01"]),
        ({"dosing_hours": "whenever"}, ["owner", "2026-11-01"]),
        ({"id_needed": "no"}, ["owner", "2026-11-01"]),
        ({"id_needed": False}, "owner"),
        ({"id_needed": False}, ["owner", "yesterday"]),
        ({"id_needed": False}, None),
        ({"nobody_asks_this": True}, ["owner", "2026-11-01"]),
    ],
)
def test_what_a_hand_wrote_into_the_row_is_not_known_and_stops_nothing(client, answers, by):
    clinic = make_clinic(services=["opioid-treatment-program"])
    stated_by = dict.fromkeys(answers, by)
    Clinic.objects.filter(pk=clinic.pk).update(answers=answers, answers_stated=stated_by)
    clinic.refresh_from_db()
    assert stated.statements(clinic) == []
    assert client.get(clinic.get_absolute_url()).status_code == 200
    assert ages.age() == 0


@pytest.mark.parametrize(
    "text", ["CVS, call 888-555-0100", "https://rehab.example", "www.rehab.example", "ask@rehab.example", "rehab.com"]
)
def test_a_text_leads_nobody_past_the_lock_on_numbers(text):
    field = kinds.form_field(OWN["filling_pharmacy"])
    with pytest.raises(ValidationError, match="Leave out phone numbers"):
        field.clean(text)
    assert field.clean("CVS 4021, 12 Main Street, 21202") == "CVS 4021, 12 Main Street, 21202"


def test_a_clinic_that_is_merged_gives_the_answers_that_the_other_lacks():
    kept, merged = (
        say(make_clinic(), id_needed=False),
        say(make_clinic(), Source.CALLED, id_needed=True, interpreter=True),
    )
    merged.merge_into(kept)
    kept.refresh_from_db()
    assert kept.answers == {"id_needed": False, "interpreter": True}
    assert [kept.answers_stated[key][0] for key in ("id_needed", "interpreter")] == ["owner", "called"]


def test_of_two_that_are_merged_the_later_answer_stays():
    kept, merged = make_clinic(), say(make_clinic(), Source.CALLED, id_needed=False)
    stated.state(kept, {"id_needed": True}, Source.OWNER, timezone.localdate() - timedelta(days=300))
    kept.save()
    merged.merge_into(kept)
    kept.refresh_from_db()
    assert (kept.answers, kept.answers_stated["id_needed"][0]) == ({"id_needed": False}, "called")


# The mail and its page


def test_the_mail_asks_at_most_three_and_none_when_all_is_said():
    clinic = make_clinic(contact_email="desk@clinic.example")
    request = request_confirmation(clinic)
    asked = [line for line in message_of(request, 0).body.splitlines() if line.startswith("- ")]
    assert asked == [
        "- Do you take new patients?",
        "- How many days until the first visit?",
        "- Can medication start at the first visit?",
    ]
    assert len(asked) == MOST_ASKED
    answer(
        clinic,
        {gap.question.key: 1 if gap.question.kind == "days" else True for gap in gaps_of(clinic, one_tap=True)},
        "owner",
    )
    assert "one tap" not in message_of(request_confirmation(clinic), 0).body


def test_a_tap_on_the_page_of_the_mail_is_one_answer_and_the_next_question_follows(client):
    clinic = make_clinic(contact_email="desk@clinic.example")
    path = link_path(request_confirmation(clinic))
    page = client.get(path).content.decode()
    assert page.count('class="gap"') == MOST_ASKED
    assert "How many days until the first visit?" in page
    page = client.post(path, {"answer": "accepting_new_patients=yes"}).content.decode()
    assert "Saved: Do you take new patients?" in page
    assert page.count('class="gap"') == MOST_ASKED
    assert 'value="accepting_new_patients=' not in page
    client.post(path, {"answer": "days_to_first_visit=0"})
    client.post(path, {"answer": "days_to_first_visit=7"})  # another tab still shows the question
    assert client.post(path, {"answer": "days_to_first_visit=a lot"}).status_code == 422
    clinic.refresh_from_db()
    assert (clinic.accepting_new_patients, clinic.days_to_first_visit) == (True, 7)
    assert client.post(path, {"still_right": "1"}).status_code == 200
    assert client.post(path, {"answer": "id_needed=no"}).status_code == 410  # the link was answered


def test_the_form_of_the_mail_asks_the_questions_of_the_registry(client):
    clinic = say(make_clinic(contact_email="desk@clinic.example"), Source.CALLED, interpreter=True)
    path = link_path(request_confirmation(clinic))
    typed = {"phone": clinic.phone, "correct": "1", "id_needed": "no", "letters": ["court", "none"]}
    page = client.post(path, typed)
    assert page.status_code == 422
    assert "You ticked “none of these” and something else. Untick one." in page.content.decode()
    client.post(path, typed | {"letters": ["court"], "last_intake_time": "3 p.m."})
    clinic.refresh_from_db()
    # What the form showed and the clinic emptied is taken back.
    assert clinic.answers == {"id_needed": False, "letters": ["court"], "last_intake_time": "15:00"}


def test_a_caller_asks_the_gaps_and_what_is_said_is_known_from_the_call(client, admin_user):
    clinic = make_clinic()
    client.force_login(admin_user)
    client.post(reverse("admin:clinics_call_next"))
    page = client.get(reverse("admin:clinics_call_next")).content.decode()
    assert "“Can medication start at the first visit?”" in page
    call = clinic.calls.get()
    sent = {"result": "answered", "name_is_right": "yes", "id_needed": "no", "dosing_hours": "", "letters": ["work"]}
    sent["asked"] = ["id_needed", "dosing_hours", "letters", "medication_at_first_visit", "name_is_right", "nonsense"]
    client.post(reverse("admin:clinics_call_finish", args=[call.pk]), sent | {"medication_at_first_visit": "yes"})
    clinic.refresh_from_db()
    call.refresh_from_db()
    assert clinic.answers == {"id_needed": False, "letters": ["work"]}
    assert clinic.answers_stated["letters"][0] == Source.CALLED
    assert clinic.medication_at_first_visit is True
    assert call.answers["id_needed"] is False


def test_a_caller_is_told_which_states_a_clinic_treats_by_telehealth(client, admin_user):
    clinic = make_clinic(services=["telehealth"])
    client.force_login(admin_user)
    client.post(reverse("admin:clinics_call_next"))
    page = client.get(reverse("admin:clinics_call_next")).content.decode()
    assert "“In which states can a patient start by phone or video?”" in page
    finish = reverse("admin:clinics_call_finish", args=[clinic.calls.get().pk])
    sent = {"result": "answered", "name_is_right": "yes", "asked": ["telehealth_states"]}
    refused = client.post(finish, sent | {"telehealth_states": "MD, Atlantis"})
    assert refused.status_code == 422
    assert "“Atlantis” is not one of" in refused.content.decode()
    client.post(finish, sent | {"telehealth_states": "md, VA"})
    clinic.refresh_from_db()
    assert clinic.telehealth_states == ["MD", "VA"]
    assert clinic.telehealth_bits == availability.telehealth_bits(["MD", "VA"])
    assert clinic.confirmations.get().source == Source.CALLED


def test_an_editor_who_changes_one_answer_says_that_one_alone(admin_client):
    clinic = say(make_clinic(), id_needed=True)
    save(admin_client, clinic, interpreter="yes")
    assert clinic.answers == {"id_needed": True, "interpreter": True}
    assert [clinic.answers_stated[key][0] for key in ("id_needed", "interpreter")] == ["owner", "editor"]
