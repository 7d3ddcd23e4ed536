"""Free texts of owners hold no contact, and their names have one line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clinics.pharmacy_forms import FilledForm
from clinics.questions.kinds import form_field
from clinics.questions.registry import OWN
from listings.accounts.forms import PhotoForm
from listings.wizard import steps
from listings.wizard.steps.people import PractitionerForm

pytestmark = pytest.mark.django_db
CONTACTS = [
    "OUR NUMBER CHANGED. New patients call 1-888-555-0199",
    "Call eight eight eight five five five zero one nine nine",
    "See https://patient-broker.example",
    "See patient-broker [dot] com",
    "Write to intake@broker.example",
]
# What only an owner's prose is refused for: a name and an address are read by an editor before they are live.
DISGUISED = [
    "Visit patientbroker.help now",
    "betterrehab.care",
    "rehab。com",
    "410,555,0199",
    "410:555:0199",
    "410|555|0199",
    "410 -- 555 -- 0199",
    "410-GET-HELP",
    "area 410: 5550199",
    "5550199",
    "410 five five five 0199",
    "sales at rehab dot help",
    "Text HELP to 55512",
    "41055 50199",
    "41055-5019 9",
    "41 0555 2019",
    "$410,555,0199",
    "410, 5/5/50, 199",
]
SENTENCE = "Leave out phone numbers"


def errors_of(form, name: str) -> str:
    form.is_valid()
    return " ".join(form.errors.get(name, []))


@pytest.mark.parametrize("text", CONTACTS)
def test_no_free_text_of_an_owner_holds_another_contact(text):
    assert SENTENCE in errors_of(steps.DescriptionStep.of({"description": [text]}), "description")
    for name in ("name", "name_detail", "street", "street_detail", "city"):
        assert SENTENCE in errors_of(steps.STEPS["practice"].of({name: [text]}), name)
    for name in ("name", "credentials"):
        assert SENTENCE in errors_of(PractitionerForm({name: text[:60]}), name)
    picture = SimpleUploadedFile("door.jpg", b"any")
    assert SENTENCE in errors_of(PhotoForm({"alt": text}, {"file": picture}), "alt")
    for name in ("name", "street"):
        assert SENTENCE in errors_of(FilledForm({name: text}), name)
    for key in [key for key, question in OWN.items() if question.kind == "text"]:
        assert SENTENCE in errors_of(steps.STEPS["visit"].of({key: [text]}), key)


@pytest.mark.parametrize("text", DISGUISED)
def test_no_prose_of_an_owner_holds_a_contact_in_disguise(text):
    assert SENTENCE in errors_of(steps.DescriptionStep.of({"description": [text]}), "description")


@pytest.mark.parametrize(
    "street", ["US Hwy 441 2500", "Route 130 2500", "Suite 100 2200", "3200 N 100 4500 W", "PO Box 123-4567"]
)
def test_a_street_with_two_numbers_is_no_phone(street):
    assert not errors_of(steps.STEPS["practice"].of({"street": [street]}), "street")


def test_what_owners_usually_write_is_taken():
    text = (
        "We see you the same day, Mon-Fri 9:00-17:00. Bring $95 or a card; buses 12 and 40 stop at 100 Holliday St. "
    )
    text += "Since 06/30/2019 we have seen 1,200 people in 21202-1234 and 21201. 24/7: nurses, from 8 a.m. to 5 p.m."
    assert not errors_of(
        steps.DescriptionStep.of({"description": [text + "\n\nAges 18 and over. Est. 1998."]}), "description"
    )
    typed = {"name": ["St. Mary's 24/7 Clinic, Inc."], "street": ["12805 U.S. Route 50, No. 2"], "city": ["St. Louis"]}
    form = steps.STEPS["practice"].of(typed)
    assert not form.is_valid()
    assert not set(typed) & set(form.errors)


def test_a_name_has_one_line():
    form = steps.STEPS["practice"].of({"name": ["Eastside\r\nRecovery\u2028 \u200bMedicine\t"]})
    form.is_valid()
    assert form.cleaned_data["name"] == "Eastside Recovery Medicine"
    text = next(question for question in OWN.values() if question.kind == "text")
    assert form_field(text).clean("Main Street\nPharmacy") == "Main Street Pharmacy"
