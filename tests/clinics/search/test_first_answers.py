"""`make first-answers` measures what it says: the first answer, by its services, and the number beside it."""

import pytest

from tests.bench.first_answers import Truth, ask, intake_lines, report
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinics():
    near = {"zip_code": "21202", "state": "MD", "city": "Baltimore"}
    intake = {"phone": "410-555-0100", "intake_phones": ["410-555-0199 x12"]}
    return [
        make_clinic("Gives", services=["buprenorphine-in-treatment"], **near, **intake),
        make_clinic("Silent", services=["medicaid"], **near),
    ]


def test_what_a_clinic_gives_is_looked_up_in_its_services(clinics):
    gives, _silent = clinics
    truth = Truth()
    assert truth.gives_medicine == {gives.pk}
    assert truth.intake_phones == {gives.pk: ["4105550199"]}


def test_the_page_and_the_json_are_read(clinics, capsys):
    truth = Truth()
    answers = ask(["21202"], treats="opioids")
    assert answers[0].clinics == [clinic.pk for clinic in clinics]
    assert intake_lines(answers[0].shown_phones(), truth) == (1, 1)
    assert intake_lines(answers[0].json_phones(), truth) == (1, 1)
    report(answers, truth)
    lines = capsys.readouterr().out.splitlines()
    assert "  first answers that state a medicine: 100.0% (1 of 1)" in lines
    assert "  of the first 5: 50.0% (1 of 2)" in lines


def test_a_wrong_number_is_counted(clinics):
    truth = Truth()
    truth.intake_phones[clinics[0].pk] = ["4105550111"]
    [answer] = ask(["21202"], treats="opioids")
    assert intake_lines(answer.shown_phones(), truth) == (0, 1)
