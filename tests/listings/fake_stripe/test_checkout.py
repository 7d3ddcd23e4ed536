"""The pay page of the fake Stripe server: bank accounts, tax, promotion codes, other currencies."""

import pytest

from listings.fake_stripe import api, billing
from listings.fake_stripe.objects import ApiError, get, list_all

pytestmark = pytest.mark.django_db
KEY = {"Authorization": "Bearer sk_test_development"}
HEAD_OFFICE = "head_office[address][country]=US&head_office[address][state]=MD"


def post(path: str, **values) -> tuple[int, dict]:
    return api.answer("POST", f"/v1/{path}", "&".join(f"{name}={value}" for name, value in values.items()), KEY)


def page(**values) -> dict:
    """An open page for a plan of $49 a month."""
    post("products", id="plan", name="Plan")
    line = "line_items[0]"
    price = {f"{line}[price_data][product]": "plan", f"{line}[price_data][unit_amount]": 4900}
    terms = {f"{line}[price_data][currency]": "usd", f"{line}[price_data][recurring][interval]": "month"}
    status, made = post("checkout/sessions", **price, **terms, mode="subscription", success_url="http://x/", **values)
    assert status == 200, made
    return get("checkout.session", made["id"])


def subscription_of(session: dict) -> dict:
    return get("subscription", session["subscription"])


def invoice_of(session: dict) -> dict:
    return get("invoice", session["invoice"])


def emitted() -> list[str]:
    return [event["type"] for event in reversed(list_all("event"))]


# Bank accounts


def test_a_payment_from_a_bank_account_is_pending_and_nothing_is_on_the_balance():
    session = billing.complete(page(), method=billing.new_bank_account())
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    assert (subscription_of(session)["status"], invoice_of(session)["status"]) == ("incomplete", "open")
    [charge] = list_all("charge")
    assert (charge["status"], charge["paid"]) == ("pending", False)
    assert list_all("balance_transaction") == []


def test_the_plan_begins_when_the_bank_pays():
    session = billing.settle_session(billing.complete(page(), method=billing.new_bank_account()), succeeds=True)
    assert session["payment_status"] == "paid"
    assert (subscription_of(session)["status"], invoice_of(session)["amount_paid"]) == ("active", 4900)
    assert emitted()[-1] == "checkout.session.async_payment_succeeded"


def test_the_plan_never_began_when_the_bank_refuses():
    session = billing.settle_session(billing.complete(page(), method=billing.new_bank_account()), succeeds=False)
    assert session["payment_status"] == "unpaid"
    assert (subscription_of(session)["status"], invoice_of(session)["status"]) == ("incomplete_expired", "void")
    assert "checkout.session.async_payment_failed" in emitted()
    assert list_all("balance_transaction") == []


# Tax


def test_tax_is_refused_in_the_words_of_stripe_until_there_is_a_head_office():
    status, answer = post("checkout/sessions", mode="subscription", **{"automatic_tax[enabled]": "true"})
    assert status == 400
    assert answer["error"]["message"].startswith("You must have a valid head office address to enable automatic tax")


@pytest.mark.parametrize(
    ("registered", "tax", "reason"), [(True, 294, "standard_rated"), (False, 0, "not_collecting")]
)
def test_tax_is_added_where_the_account_is_registered(registered, tax, reason):
    api.answer("POST", "/v1/tax/settings", HEAD_OFFICE, KEY)
    if registered:
        place = "country=US&country_options[us][state]=MD&active_from=now"
        assert api.answer("POST", "/v1/tax/registrations", place, KEY)[0] == 200
    session = billing.complete(page(**{"automatic_tax[enabled]": "true"}), address={"state": "MD"})
    invoice = invoice_of(session)
    [line] = invoice["total_taxes"]
    assert (line["amount"], line["taxability_reason"]) == (tax, reason)
    assert (invoice["total_excluding_tax"], invoice["total"], invoice["amount_paid"]) == (4900, 4900 + tax, 4900 + tax)
    assert session["total_details"]["amount_tax"] == tax


# Promotion codes


def code_for(text: str = "SPRING", **coupon) -> None:
    made = post("coupons", duration="once", **coupon)[1]
    status, answer = post(
        "promotion_codes", code=text, **{"promotion[type]": "coupon", "promotion[coupon]": made["id"]}
    )
    assert status == 200, answer


def test_a_code_on_the_page_lowers_the_first_invoice():
    code_for(percent_off=50)
    session = billing.apply_code(page(allow_promotion_codes="true"), "spring")
    assert session["amount_total"] == 2450
    session = billing.complete(session)
    assert (session["amount_total"], session["total_details"]["amount_discount"]) == (2450, 2450)
    assert invoice_of(session)["amount_paid"] == 2450
    assert billing.renew(subscription_of(session))["amount_paid"] == 4900


def test_a_page_without_codes_and_a_code_that_is_unknown_or_used_up_are_refused():
    code_for(percent_off=50)
    with pytest.raises(ApiError, match="no promotion codes"):
        billing.apply_code(page(), "SPRING")
    with pytest.raises(ApiError, match="No such promotion code"):
        billing.apply_code(page(allow_promotion_codes="true"), "WINTER")
    [code] = list_all("promotion_code")
    post(f"promotion_codes/{code['id']}", active="false")
    with pytest.raises(ApiError, match="not active"):
        billing.apply_code(page(allow_promotion_codes="true"), "SPRING")


def test_nothing_is_charged_when_a_code_takes_off_everything():
    code_for(percent_off=100)
    session = billing.complete(billing.apply_code(page(allow_promotion_codes="true"), "SPRING"))
    assert session["payment_status"] == "no_payment_required"
    assert (subscription_of(session)["status"], list_all("charge")) == ("active", [])


def test_a_trial_needs_no_payment_yet():
    session = billing.complete(page(**{"subscription_data[trial_period_days]": 7}))
    assert (session["payment_status"], session["amount_total"]) == ("no_payment_required", 0)
    assert subscription_of(session)["status"] == "trialing"


def test_a_buyer_who_sees_another_currency_pays_ours():
    session = billing.complete(page(), presentment="cad")
    [charge] = list_all("charge")
    assert (charge["amount"], charge["currency"]) == (4900, "usd")
    assert charge["presentment_details"] == {"presentment_amount": 6712, "presentment_currency": "cad"}
    assert session["presentment_details"]["presentment_currency"] == "cad"
    assert [each["amount"] for each in list_all("balance_transaction")] == [4900]


# On the page itself


def test_the_page_takes_a_code_and_a_bank_account(client):
    code_for(amount_off=900, currency="usd")
    session = page(allow_promotion_codes="true")
    address = f"/fake-stripe/pay/{session['id']}/"
    assert "No such promotion code" in client.post(address, {"choice": "code", "code": "none"}).content.decode()
    assert "Today: $40.00" in client.post(address, {"choice": "code", "code": " spring "}).content.decode()
    client.post(address, {"choice": "bank"})
    assert get("checkout.session", session["id"])["payment_status"] == "unpaid"
    shown = client.get("/fake-stripe/").content.decode()
    assert "The bank pays" in shown
    client.post("/fake-stripe/", {"choice": "bank-pays", "session": session["id"]})
    assert get("checkout.session", session["id"])["payment_status"] == "paid"
