"""What Stripe answered when it was recorded (`make record-stripe`) has the shape of the fake server's objects."""

import json

import pytest

from listings.fake_stripe.objects import SHAPES
from tests.listings.contract import recorder
from tests.listings.contract.gateways import EMBEDDED, Gateway

# Stripe's answers may have more than the published examples; what the site does not read need not be imitated.
IGNORED: set[str] = set()


def test_recorded_answers_have_the_shape_of_the_fake_servers():
    found = {
        path.stem: recorder.differences(json.loads(path.read_text()), SHAPES)
        for path in sorted(recorder.FOLDER.glob("*.json"))
    }
    wrong = {name: [each for each in of if each.split(":")[0] not in IGNORED] for name, of in found.items()}
    assert {name: of for name, of in wrong.items() if of} == {}


def test_a_field_that_is_missing_or_of_another_type_is_named():
    answers = [{"body": {"object": "list", "data": [{"object": "refund", "amount": 1, "metadata": "x", "new": 1}]}}]
    assert recorder.differences(answers, {"refund": {"object": "", "amount": None, "metadata": {}}}) == [
        "refund.metadata: str, here dict",
        "refund.new: the fake server has no such field",
    ]


@pytest.mark.django_db
def test_a_recording_keeps_no_id_no_secret_and_no_date(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "FOLDER", tmp_path)
    gateway = Gateway(EMBEDDED)
    customer = gateway.customer()
    gateway.v1.customers.update(customer.id, {"name": "B"})
    text = recorder.write("one", gateway.recorder.answers).read_text()
    assert customer.id not in text
    assert '"cus_1"' in text
    again = json.loads(text)
    assert recorder.differences(again, SHAPES) == []
    first, last = again[0]["body"], again[-1]["body"]
    assert (last["id"], last["name"], first["frozen_time"]) == ("cus_1", "B", recorder.START)
