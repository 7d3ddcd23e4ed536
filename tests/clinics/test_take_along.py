"""What is taken along of a page: a text to share or to send, and a QR code."""

import re
from urllib.parse import unquote

import pytest

from clinics.call_sheet import MOST_CLINICS
from clinics.models import Clinic
from clinics.take_along import qr_code, qr_image, take_along
from tests.factories import make_clinic

LONG = "Commonwealth of Massachusetts Department of Public Health Metropolitan Outpatient & Recovery Services"
PLACE = {"street": "1 Main Street", "city": "Towson", "state": "MD", "zip_code": "21204"}
QUESTIONS = "Ask: Do you take new patients? Can I get the medicine at the first visit?"


def test_of_one_clinic_it_is_name_number_address_and_the_two_questions():
    clinic = Clinic(name="Harbor", name_detail="Annex", phone_for_new_patients="410-555-0100 x12", **PLACE)
    take = take_along([clinic], "https://example.org/clinics/1/harbor/")
    assert take.text.split("\n") == ["Harbor, Annex: 410-555-0100 x12", "1 Main Street, Towson, MD 21204", QUESTIONS]
    assert take.address == "https://example.org/clinics/1/harbor/"


def test_the_message_of_several_holds_each_and_nothing_that_ends_the_address():
    clinics = [
        Clinic(name="Smith & Sons? #1 100%", phone_for_new_patients="410-555-0100 x12", **PLACE),
        Clinic(name="Clínica +Uno", phone_for_new_patients="410-555-0101", **PLACE | {"street": ""}),
        Clinic(name="No Phone", phone_for_new_patients="", **PLACE),
    ]
    scheme, body = take_along(clinics, "").sms.split("?&body=")
    assert scheme == "sms:"
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", body)
    assert unquote(body).split("\n") == [
        "To call:",
        "Smith & Sons? #1 100%: 410-555-0100 x12",
        "1 Main Street, Towson, MD 21204",
        "Clínica +Uno: 410-555-0101",
        "Towson, MD 21204",
        "No Phone: number not stated",
        "1 Main Street, Towson, MD 21204",
        QUESTIONS,
    ]


def test_the_longest_text_message_is_one_that_phones_send():
    place = PLACE | {"street": LONG, "city": "Rancho Santa Margarita"}
    clinics = [Clinic(name=LONG * 2, phone_for_new_patients="410-555-0100 x1234567", **place)] * MOST_CLINICS
    address = take_along(clinics, "").sms
    assert len(unquote(address.split("body=")[1])) <= 1000
    assert len(address) < 2000  # what every phone takes as an address
    assert unquote(address).count("410-555-0100 x1234567") == MOST_CLINICS


def test_it_warns_of_what_its_page_warns_of():
    clinic = Clinic(
        name="Harbor",
        phone="410-555-0100",
        phone_for_new_patients="410-555-0100",
        phone_reported_on="2026-01-01",
        **PLACE,
    )
    assert "(Readers say that this number does not work)" in take_along([clinic], "").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        ({"accepting_new_patients": False}, "(Takes no new patients now)"),
        ({"services": ["veterans-affairs"]}, "(For enrolled veterans)"),
        ({"services": ["does-not-treat-opioid-use-disorder"]}, "(Says it does not treat opioid use disorder)"),
        (
            {"services": ["veterans-affairs"], "accepting_new_patients": False},
            "(Takes no new patients now. For enrolled veterans)",
        ),
    ],
)
def test_who_calls_from_another_phone_reads_why_not_to(facts, warning):
    assert warning in take_along([make_clinic(**facts)], "").text


def test_the_qr_code_passes_a_policy_that_forbids_inline_styles():
    for svg in (qr_code("https://example.org/clinics/compare/?id=1&id=2"), qr_image("https://example.org/").decode()):
        assert svg.startswith("<svg")
        assert "style" not in svg
        assert "<script" not in svg
        # Black on white in a dark page too.
        assert "#fff" in svg
        assert "#000" in svg


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_the_code_of_a_clinic_is_an_image_that_a_search_does_not_change(client, prefix):
    clinic = make_clinic("Harbor")
    address = f"{prefix}/clinics/{clinic.pk}/{clinic.slug}/code.svg"
    plain, found = client.get(address), client.get(f"{address}?near=02139")
    assert plain["Content-Type"] == "image/svg+xml"
    assert plain["X-Robots-Tag"] == "noindex"
    assert b'xmlns="http://www.w3.org/2000/svg"' in plain.content
    assert plain.content == found.content == qr_image(f"http://testserver{prefix}/clinics/{clinic.pk}/{clinic.slug}/")
    assert client.get(f"{prefix}/clinics/{clinic.pk}/old/code.svg")["Location"] == address
    assert client.get(f"{prefix}/clinics/999999/x/code.svg").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_sheet_can_be_shared_and_says_nothing_of_where_its_owner_searched(client, prefix):
    clinic, other = make_clinic("Harbor"), make_clinic("Cove")
    text = client.get(
        f"{prefix}/clinics/compare/?id={clinic.pk}&id={other.pk}&near=02139&payment=medicaid"
    ).content.decode()
    [address] = re.findall(r'data-address="([^"]*)"', text)
    assert address == f"http://testserver{prefix}/clinics/compare/?id={clinic.pk}&amp;id={other.pk}"
    [words] = re.findall(r'<p id="take-words">(.*?)</p>', text, re.DOTALL)
    [message] = re.findall(r'href="sms:\?&amp;body=([^"]*)"', text)
    assert unquote(message).split("\n") == words.replace("&#x27;", "'").split("\n")
    assert "02139" not in words
