"""One line of the registry is one question everywhere: in forms, filters, pages and files; and never by guess."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from clinics.admin.calls import AnsweredForm
from clinics.admin.clinic_form import ClinicForm
from clinics.answers import answers_of
from clinics.call_sheet import first_visit_of
from clinics.models import Clinic, Source
from clinics.offers import offers_of
from clinics.open_data import hsds
from clinics.open_data.files import address, flat
from clinics.questions import kinds, stated
from clinics.questions.registry import FACET_GROUP, FILTERS, OWN
from clinics.search import facets
from clinics.search.counts import count_facets
from clinics.search.serializers import clinic_as_json
from clinics.verification.forms import ConfirmForm
from listings.wizard.answers import answers_of as wizard_answers_of
from listings.wizard.steps import STEPS
from listings.wizard.steps.hours import OWN_QUESTIONS as OF_HOURS
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "es")


def values_of(question):
    """Every kind of answer to a question."""
    slugs = [choice.slug for choice in question.choices]
    return {
        "yes-no": [True, False],
        "choice": [[], slugs[:1], slugs],
        "days": [0, 14],
        "hours": ["none", "24/7", "Mon-Fri 5:30-11:00"],
        "time": ["09:00", "15:30"],
        "money": [0, 9500],
        "text": ["Main Street Pharmacy", "A <b> & B"],
    }[question.kind]


ANSWERS = [
    pytest.param(question, value, id=f"{question.key}-{value}")
    for question in OWN.values()
    for value in values_of(question)
]


def clinic_that_is_asked(**fields) -> Clinic:
    """Of the kind that every question is for."""
    return make_clinic(services=["opioid-treatment-program", "methadone-in-treatment"], **fields)


def clinic_saying(question, value) -> Clinic:
    clinic = clinic_that_is_asked()
    stated.state(clinic, {question.key: value}, Source.OWNER)
    clinic.save()
    return Clinic.objects.with_contact_source().with_phone_shared_by().get(pk=clinic.pk)


def page_of(clinic) -> str:
    answers = answers_of(clinic, offers_of(clinic), {})
    parts = (answers.medicine, answers.who, answers.cost, answers.when, answers.way)
    return " ".join(f"{said.text} ({said.source})" for part in parts for said in part.said)


def test_every_question_is_for_the_clinic_of_these_tests():
    assert [question.key for question in stated.asked_of(clinic_that_is_asked())] == list(OWN)


@pytest.mark.parametrize(("question", "value"), ANSWERS)
def test_an_answer_is_said_everywhere(question, value):
    clinic = clinic_saying(question, value)
    for language in LANGUAGES:
        with override(language):
            assert str(kinds.sentence(question, value)) in page_of(clinic)
            assert first_visit_of(clinic) == f"{question.label}: {kinds.in_words(question, value)}"
    assert clinic_as_json(clinic, str)["access"][question.key] == value
    assert flat(clinic)[question.key] not in (None, "")
    tables = hsds.tables_of([clinic], address)
    hsds.check(tables)
    [term] = [line["id"] for line in tables["taxonomy_term"] if line["code"] == question.key]
    assert [line["label"] for line in tables["attribute"] if line["taxonomy_term_id"] == term] == [
        question.label.english
    ]
    assert [line["document"] for line in tables["required_document"]] == (
        [question.yes.english] if question.is_document and value is True else []
    )


def slug_of(question) -> str:
    """The step of the wizard that asks it."""
    return "hours" if question.key in OF_HOURS else "visit"


@pytest.mark.parametrize("question", OWN.values(), ids=list(OWN))
def test_what_is_not_known_is_said_nowhere(question):
    clinic = Clinic.objects.with_contact_source().with_phone_shared_by().get(pk=clinic_that_is_asked().pk)
    for language in LANGUAGES:
        with override(language):
            page = page_of(clinic)
            assert not any(str(kinds.sentence(question, value)) in page for value in values_of(question))
            assert first_visit_of(clinic) == ""
    assert clinic_as_json(clinic, str)["access"][question.key] is None
    assert flat(clinic)[question.key] in (None, "")
    assert hsds.tables_of([clinic], address)["attribute"] == []


@pytest.mark.parametrize(("question", "value"), ANSWERS)
def test_every_form_asks_it_and_reads_the_answer_that_it_shows(question, value):
    """The form of the owner, that of a mail's link, the editor's and the caller's."""
    clinic = clinic_saying(question, value)
    typed = kinds.typed(question, value)
    sent = typed if question.kind == "choice" else typed[0]
    for answers in (wizard_answers_of(clinic)[slug_of(question)], {question.key: typed}):
        step = STEPS[slug_of(question)].of(answers, listing=SimpleNamespace(clinic=clinic))
        assert step.is_valid(), step.errors
        assert step.cleaned_data[question.key] == value
    assert str(question.question) in dict(step.lines())
    for form in (ConfirmForm(instance=clinic), ClinicForm(instance=clinic)):
        assert form.initial[question.key] == value
        assert form.fields[question.key].has_changed(value, sent) is False
        assert form.fields[question.key].clean(sent) == value
    call = AnsweredForm({"name_is_right": "yes", question.key: sent}, questions=[question])
    assert call.is_valid(), call.errors
    assert call.result["answers"] == {question.key: value}
    assert [words for _field, words in call.further] == [f"“{question.question}”"]


@pytest.mark.parametrize("question", OWN.values(), ids=list(OWN))
def test_an_open_answer_stays_open_in_every_form(question):
    """Also when a form that was sent is shown again: a box that nobody ticked is no "none of these"."""
    step = STEPS[slug_of(question)].of({})
    assert step.is_valid(), step.errors
    assert step[question.key].value() in (None, "")
    assert dict(step.lines())[str(question.question)] == ""
    call = AnsweredForm({"name_is_right": "yes"}, questions=[question])
    assert "checked" not in str(call[question.key]) or question.kind == "yes-no"
    empty = [] if question.kind == "choice" else ""
    field = kinds.form_field(question)
    assert field.clean(empty) is None
    assert kinds.typed(question, None) == ([] if question.kind == "choice" else [""])
    assert field.has_changed(None, empty) is False


@pytest.mark.parametrize("question", FILTERS, ids=[question.key for question in FILTERS])
def test_a_filter_finds_the_answer_that_it_asks_for_and_neither_the_other_nor_what_is_not_known(question):
    yes, no, silent = (clinic_that_is_asked(name=name) for name in ("Yes", "No", "Silent"))
    for clinic, value in ((yes, True), (no, False)):
        stated.state(clinic, {question.key: value}, Source.OWNER)
        clinic.save()
    value = facets.VALUES[question.facet]
    wanted = [yes if question.filter == "yes" else no]
    everyone = Clinic.objects.with_availability()
    assert list(everyone.with_facets({FACET_GROUP: [value]})) == wanted
    assert count_facets(everyone, {}).by_value[question.facet] == 1
    assert silent.availability_bits & stated.BITS == 0


everything = st.fixed_dictionaries(
    {key: st.none() | st.sampled_from(values_of(question)) for key, question in OWN.items()}
)


@given(everything, st.integers(0, 800))
def test_whatever_is_said_is_known_until_it_is_too_old(answers, days):
    """And each answer ages by itself."""
    today = timezone.localdate()
    clinic = Clinic(treatment_bits=facets.MEDICINE.mask | facets.VALUES["kind/otp"].mask)
    stated.state(clinic, answers, Source.CALLED, today - timedelta(days=days))
    known = stated.known(clinic, today)
    for key, question in OWN.items():
        assert known[key] == (answers[key] if days <= question.ages_after_days else None)
    bits = {question.key for question in FILTERS if stated.bits(clinic, today) & 1 << question.bit}
    assert bits == {question.key for question in FILTERS if known[question.key] is (question.filter == "yes")}


def test_what_an_owner_types_is_no_markup():
    page = page_of(clinic_saying(OWN["filling_pharmacy"], "A <b> & B"))
    assert "fills its prescriptions: A &lt;b&gt; &amp; B." in page


def test_a_list_by_an_answer_asks_as_much_as_one_by_another_filter(client):
    """Each row shows the answer that was asked for, without a query of its own."""
    for number in range(3):
        clinic = clinic_that_is_asked(name=f"Without an ID {number}")
        stated.state(clinic, {"id_needed": False}, Source.OWNER)
        clinic.save()
    asked = []
    client.get("/clinics/?near=21202")  # fills what is kept between pages
    for query in ("medication=methadone", "visit=no-id-needed"):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/clinics/?near=21202&{query}").content.decode()
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert page.count('class="row-facts"') == 3
    assert page.count("No ID needed") > 3
