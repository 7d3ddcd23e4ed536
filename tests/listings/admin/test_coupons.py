"""Coupons in the admin: made at the gateway as promotion codes, refused with a sentence, ended."""

from datetime import datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import strip_tags

from listings.fake_stripe import objects
from listings.models import Coupon, Subscription
from tests.clinics.admin.admin_client import page_of, run_action
from tests.listings.factories import SubscriptionFactory

pytestmark = pytest.mark.django_db


def add(desk, **values):
    data = {"code": "WELCOME-2027", "percent_off": "20", "duration": "once"} | values
    response = desk.post(page_of("add", Coupon), data, follow=True)
    return " ".join(strip_tags(response.content.decode()).split())


def test_a_coupon_is_a_promotion_code_at_the_gateway(desk):
    until = timezone.localdate() + timedelta(days=30)
    text = add(desk, code="welcome-2027", duration="repeating", duration_months="3", limit="10", ends_on=until)
    assert "Buyers can use WELCOME-2027 now." in text
    coupon = Coupon.objects.get()
    code = objects.get("promotion_code", coupon.gateway_id)
    assert (code["code"], code["max_redemptions"], code["active"]) == ("WELCOME-2027", 10, True)
    end_of_that_day = timezone.make_aware(datetime.combine(until, time.min)) + timedelta(days=1)
    assert code["expires_at"] == int(end_of_that_day.timestamp())
    terms = objects.get("coupon", code["promotion"]["coupon"])
    assert (terms["percent_off"], terms["duration"], terms["duration_in_months"]) == (20, "repeating", 3)


def test_dollars_are_typed_and_sent_as_cents(desk):
    add(desk, percent_off="", amount_off_cents="10.50", duration="forever")
    code = objects.get("promotion_code", Coupon.objects.get().gateway_id)
    terms = objects.get("coupon", code["promotion"]["coupon"])
    assert (terms["amount_off"], terms["currency"], terms["duration"]) == (1050, "usd", "forever")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"percent_off": ""}, "one of the two"),
        ({"amount_off_cents": "5"}, "one of the two"),
        ({"percent_off": "101"}, "less than or equal to 100"),
        ({"duration": "repeating"}, "Fill in the months"),
        ({"duration_months": "3"}, "Fill in the months"),
        ({"code": "Spring sale!"}, "capital letters, digits and hyphens"),
        ({"ends_on": "2026-01-01"}, "This day is over."),
    ],
)
def test_terms_that_contradict_themselves_are_refused(desk, values, sentence):
    text = add(desk, **values)
    assert sentence in text
    assert "is violated" not in text
    assert not Coupon.objects.exists()
    assert not objects.list_all("coupon")


def test_what_the_gateway_refuses_is_kept_with_its_sentence_and_can_be_tried_again(desk):
    objects.make("promotion_code", code="WELCOME-2027", active=True)  # made in the gateway's own dashboard
    text = add(desk)
    assert "buyers cannot use it" in text
    assert "already exists" in text
    coupon = Coupon.objects.get()
    assert not coupon.gateway_id
    assert not Coupon.objects.usable().exists()
    desk.post(page_of("change", coupon, coupon.pk), {"code": "WELCOME-2028", "percent_off": "20", "duration": "once"})
    assert Coupon.objects.usable().get().code == "WELCOME-2028"


def test_a_coupon_leads_to_the_plans_that_it_lowers_and_the_list_of_plans_shows_it(desk):
    add(desk, duration="forever")
    coupon = Coupon.objects.get()
    assert "none; one that was for the first payment" in desk.get(page_of("change", coupon, coupon.pk)).text
    subscription = SubscriptionFactory(discount=coupon.code)
    SubscriptionFactory(discount="OTHER-2027")
    assert '?q=WELCOME-2027">1</a>' in desk.get(page_of("change", coupon, coupon.pk)).text
    found = desk.get(page_of("changelist", Subscription), {"q": coupon.code})
    assert list(found.context["cl"].result_list) == [subscription]
    assert "WELCOME-2027" in found.text


def test_a_coupon_that_buyers_hold_keeps_its_terms_and_can_be_ended(desk):
    add(desk)
    coupon = Coupon.objects.get()
    desk.post(
        page_of("change", coupon, coupon.pk), {"percent_off": "90", "amount_off_cents": "5", "note": "for partners"}
    )
    coupon.refresh_from_db()
    assert (coupon.off, coupon.note) == ("20%", "for partners")
    assert b"amount_off_cents" not in desk.get(page_of("change", coupon, coupon.pk)).content
    assert desk.post(page_of("delete", coupon, coupon.pk), {"post": "yes"}).status_code == 403
    run_action(desk, Coupon, "end", [coupon])
    assert not objects.get("promotion_code", coupon.gateway_id)["active"]
    assert not Coupon.objects.usable().exists()


@pytest.mark.parametrize(
    "terms", [{}, {"percent_off": 5, "amount_off_cents": 5}, {"percent_off": 5, "duration_months": 2}]
)
def test_the_database_refuses_contradictory_terms(terms):
    with pytest.raises(IntegrityError), transaction.atomic():
        Coupon.objects.create(code="X-1", **terms)
