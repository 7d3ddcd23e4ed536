"""Plans in the admin: prices are typed in dollars, and one that binds us cannot be changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from listings.models import Plan, PlanPrice
from tests.clinics.admin.admin_client import page_of
from tests.listings.factories import PlanPriceFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def posted(price: PlanPrice, dollars: str) -> dict:
    """What the form of its plan sends, with another amount for this price."""
    plan, prices = price.plan, price.plan.prices.all()
    data = {"slug": plan.slug, "name": plan.name, "clinics_per_unit": 1, "position": 0, "is_offered": "on"}
    data |= {"prices-TOTAL_FORMS": len(prices), "prices-INITIAL_FORMS": len(prices)}
    for index, row in enumerate(prices):
        values = {"id": row.pk, "plan": plan.pk, "interval": row.interval, "starts_on": row.starts_on}
        values["amount_cents"] = dollars if row == price else row.amount
        data |= {f"prices-{index}-{name}": value for name, value in values.items()}
    return data


def test_a_price_is_typed_in_dollars_and_stored_in_cents(desk):
    price = PlanPriceFactory()
    assert b'value="49"' in desk.get(page_of("change", Plan, price.plan.pk)).content
    desk.post(page_of("change", Plan, price.plan.pk), posted(price, "61.50"))
    price.refresh_from_db()
    assert price.amount_cents == 6150


@pytest.mark.parametrize("typed", ["0.49", "4900000", "49.005", "forty"])
def test_what_no_card_can_pay_is_refused_beside_the_field(desk, typed):
    price = PlanPriceFactory()
    response = desk.post(page_of("change", Plan, price.plan.pk), posted(price, typed))
    assert response.status_code == 200
    assert "amount_cents" in response.context["inline_admin_formsets"][0].formset.errors[0]
    price.refresh_from_db()
    assert price.amount_cents == 4900


def announced() -> PlanPrice:
    subscription = SubscriptionFactory()
    price = PlanPriceFactory(plan=subscription.plan, starts_on=timezone.localdate() + timedelta(days=1))
    subscription.announce_price(price)
    return price


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: SubscriptionFactory().price, "Somebody bought at this price."),
        (announced, "was announced to subscribers"),
    ],
    ids=["sold", "announced"],
)
def test_a_price_that_was_sold_or_announced_stays_and_says_why(desk, make, why):
    price = make()
    assert why in desk.get(page_of("change", Plan, price.plan.pk)).content.decode()
    desk.post(page_of("change", Plan, price.plan.pk), posted(price, "1.00"))
    price.refresh_from_db()
    assert price.amount_cents == 4900
