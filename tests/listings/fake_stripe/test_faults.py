"""Faults on command at the fake Stripe server, as Stripe's own library sees them."""

import pytest
import stripe

from listings.billing.gateway.client import call, client
from listings.billing.gateway_types import GatewayMisconfigured, GatewayUnavailable
from listings.fake_stripe import faults
from listings.fake_stripe.objects import list_all

pytestmark = pytest.mark.django_db


def create():
    return client().v1.customers.create({"email": "owner@practice.example"})


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("400", stripe.InvalidRequestError, 400),
        ("401", stripe.AuthenticationError, 401),
        ("403", stripe.PermissionError, 403),
        ("409", stripe.APIError, 409),
        ("429", stripe.RateLimitError, 429),
        ("lock", stripe.RateLimitError, 429),
        ("500", stripe.APIError, 500),
        ("503", stripe.APIError, 503),
        (faults.CUT_OFF, stripe.APIError, 200),
        (faults.TIMEOUT, stripe.APIConnectionError, None),
        (faults.REFUSED, stripe.APIConnectionError, None),
    ],
)
def test_each_fault_is_an_error_of_stripes_library_once(kind, error, status):
    faults.inject(kind, "customers")
    with pytest.raises(error) as raised:
        create()
    assert raised.value.http_status == status
    assert create().id


@pytest.mark.parametrize(("kind", "made"), [(faults.CUT_OFF, 1), (faults.TIMEOUT, 1), (faults.REFUSED, 0), ("500", 0)])
def test_what_was_cut_off_was_done_and_what_was_refused_was_not(kind, made):
    faults.inject(kind)
    with pytest.raises(stripe.StripeError):
        create()
    assert len(list_all("customer")) == made


def test_a_fault_is_for_a_path_a_method_and_a_number_of_requests():
    faults.inject("500", "disputes")
    faults.inject("500", "customers", method="POST", count=2)
    assert client().v1.customers.list().data == []
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            create()
    assert create().id
    assert [fault["path"] for fault in faults.planned()] == ["disputes"]


def test_a_slow_answer_comes_in_the_end():
    faults.inject(faults.SLOW, seconds=0.01)
    assert create().id
    assert faults.planned() == []


@pytest.mark.parametrize("kind", ["409", "429", "lock", "500", "503", faults.CUT_OFF, faults.TIMEOUT, faults.REFUSED])
def test_what_may_go_better_the_next_time_counts_as_unavailable(kind):
    faults.inject(kind)
    with pytest.raises(GatewayUnavailable):
        call(create)


@pytest.mark.parametrize("kind", ["400", "401", "403"])
def test_what_is_ours_to_mend_is_another_error(kind):
    faults.inject(kind)
    with pytest.raises(GatewayMisconfigured):
        call(create)


def test_an_unknown_fault_or_pattern_is_refused_on_the_control_page(client):
    for posted in ({"kind": "colour"}, {"kind": "500", "path": "("}):
        client.post("/fake-stripe/", {"choice": "fault"} | posted)
    assert faults.planned() == []
    client.post("/fake-stripe/", {"choice": "fault", "kind": "500", "path": "disputes", "count": "3"})
    assert "500 disputes × 3" in client.get("/fake-stripe/").content.decode()
    client.post("/fake-stripe/", {"choice": "no-faults"})
    assert faults.planned() == []


def test_over_http_a_cut_off_answer_is_no_json_and_silence_is_a_504(client):
    headers = {"Authorization": "Bearer sk_test_development"}
    faults.inject(faults.CUT_OFF)
    with pytest.raises(ValueError, match=r"JSON|Expecting|Unterminated"):
        client.get("/fake-stripe/v1/balance", headers=headers).json()
    faults.inject(faults.TIMEOUT)
    assert client.get("/fake-stripe/v1/balance", headers=headers).status_code == 504
