"""The canary sees through what encodes a word, and tells what is kept on purpose from what is left behind."""

import base64
import gzip
import pickle
from collections import Counter

import pytest
from django.core import signing
from django_q.signing import SignedPackage

from deploy.drills.canary import KEPT, grown, not_kept
from deploy.drills.canary_requests import Forms
from deploy.drills.canary_stores import PLANTED, not_found, words_in

TYPED = {"near": "zanzibarville and much else, so that it is worth compressing" * 20}


@pytest.mark.parametrize(
    "encoded",
    [
        signing.dumps(TYPED, compress=True),  # a session
        signing.dumps({"near": "zanzibarville"}),
        SignedPackage.dumps({"args": ("zanzibarville",)}),  # a queued job
        base64.b64encode(pickle.dumps(TYPED)).decode(),  # a row of the cache
        rf"(7,\\x{b'near=zanzibarville'.hex()},t)",  # bytes in a row
        "/%7A%61nzibarville/",
        gzip.compress(b"zanzibarville"),
        base64.encodebytes(b"To: zanzibarville@example.org"),  # a mail
        "near=Zanz=\nibarville",
    ],
)
def test_a_word_is_found_however_it_is_stored(encoded):
    assert "zanzibarville" in words_in(encoded if isinstance(encoded, bytes) else encoded.encode())


def test_a_zip_code_is_told_from_longer_numbers_and_networks_from_addresses():
    found = words_in(
        b'{"id":"0a99950fa98989b","ms":9.99950,"near":"99950","client":"127.66.1.0/24","peer":"127.66.1.7"}'
    )
    assert found == {"99950": 1, "127.66.1.7": 1}


def test_a_word_may_be_only_where_its_field_is_kept():
    (route, name), tables = next(iter(KEPT.items()))
    after = Counter({(tables[0], "qz000typed"): 1, ("pg/base", "qz000typed"): 2, ("/log/web.log", "qz000typed"): 1})
    after |= Counter({("clinics_zipcode", "99950"): 1, ("django_session", "99950"): 1})
    before = Counter({("clinics_zipcode", "99950"): 1})
    assert grown(before, after, [(route, name)]) == [
        f"what was typed into {name} of {route} is 1 times in /log/web.log",
        "99950 is 1 times in django_session",
    ]
    assert len(not_kept(after, [(route, name)])) == len(KEPT) - 1


def test_a_planted_word_that_is_not_found_is_a_failure():
    hits = Counter({(store, word): 1 for word, store in PLANTED.items()})
    assert not_found(hits) == []
    del hits["django_session", "plantedsession"]
    assert not_found(hits) == [
        "plantedsession was planted in django_session and not found: the canary cannot see there"
    ]


def test_forms_are_read_by_the_names_and_choices_of_their_fields():
    page = Forms("/clinics/1/harbor/report/")
    page.feed('<form method="post"><input type="radio" name="problem" value="moved"><textarea name="note"></textarea>')
    page.feed('<select name="language"><option value="">any<option value="spanish"></select></form>')
    [form] = page.forms
    assert (form.method, form.action) == ("post", "/clinics/1/harbor/report/")
    assert form.fields == {
        "problem": ("radio", ["moved"]),
        "note": ("textarea", []),
        "language": ("select", ["", "spanish"]),
    }
