import re
from urllib.parse import unquote

import pytest
from django.http import QueryDict

from clinics.call_sheet import MOST_CLINICS, qr_code, search_parameters, sheet_query, text_message
from clinics.models import Clinic

LONG = "Commonwealth of Massachusetts Department of Public Health Metropolitan Outpatient & Recovery Services"


def test_the_text_message_holds_each_name_and_number_and_nothing_that_ends_the_address():
    clinics = [
        Clinic(name="Smith & Sons? #1 100%", phone_for_new_patients="410-555-0100 x12"),
        Clinic(name="Clínica +Uno", phone_for_new_patients="410-555-0101"),
        Clinic(name="No Phone", phone_for_new_patients=""),
    ]
    address = text_message(clinics)
    scheme, body = address.split("?&body=")
    assert scheme == "sms:"
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", body)
    assert unquote(body).split("\n") == [
        "To call:",
        "Smith & Sons? #1 100%: 410-555-0100 x12",
        "Clínica +Uno: 410-555-0101",
        "No Phone: number not stated",
    ]


def test_the_longest_text_message_is_one_that_phones_send():
    clinics = [Clinic(name=LONG * 2, phone_for_new_patients="410-555-0100 x1234567")] * MOST_CLINICS
    address = text_message(clinics)
    assert len(unquote(address.split("body=")[1])) <= 700
    assert len(address) < 2000  # what every phone takes as an address
    assert unquote(address).count("410-555-0100 x1234567") == MOST_CLINICS


def test_the_qr_code_passes_a_policy_that_forbids_inline_styles():
    svg = qr_code("https://example.org/clinics/compare/?id=1&id=2")
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert "<script" not in svg
    # Black on white in a dark page too.
    assert "#fff" in svg
    assert "#000" in svg


def test_the_way_back_keeps_the_search_and_nothing_else():
    query = QueryDict("near=02139&medication=methadone&medication=naltrexone&id=1&page=2&format=json&evil=1&radius=")
    kept = search_parameters(query)
    assert kept == [("near", "02139"), ("medication", "methadone"), ("medication", "naltrexone")]
    assert sheet_query([Clinic(pk=7), Clinic(pk=9)], kept) == (
        "id=7&id=9&near=02139&medication=methadone&medication=naltrexone"
    )


@pytest.mark.parametrize("value", ["02139\n\x00x" + "y" * 500])
def test_a_garbled_search_is_carried_short_and_on_one_line(value):
    query = QueryDict(mutable=True)
    query["near"] = value
    [(_, text)] = search_parameters(query)
    assert text.isprintable()
    assert len(text) <= 100
