"""Owners accept the terms when they sign up, and newer ones when they next buy."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse

from core.models import Paper, PaperAcceptance
from listings.models import Order
from tests.listings.billing.payments import price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms():
    call_command("load_papers", verbosity=0)


@pytest.fixture
def listing(client):
    owner = make_owner()
    client.force_login(owner)
    return make_listing(owner)


def buy(client, listing, **more):
    return client.post(reverse("listings:plan_choose", args=[listing.pk]), {"price": price_of().pk} | more)


def accepted() -> list[tuple[str, int]]:
    return list(PaperAcceptance.objects.order_by("version").values_list("slug", "version"))


def test_who_signs_up_is_told_and_has_accepted_the_version_in_force(client, terms):
    page = client.get(reverse("account_signup")).content.decode()
    assert 'By signing up you accept the <a href="/terms/">' in page
    client.post(reverse("account_signup"), {"email": "new@practice.example", "password1": "a sentence to log in with"})
    assert PaperAcceptance.objects.get().user == User.objects.get(email="new@practice.example")
    assert accepted() == [("terms", 1)]


def test_a_purchase_asks_once_for_each_version(client, listing, terms):
    page = buy(client, listing).content.decode()
    assert "Accept the terms to buy a plan." in page
    assert 'value="1"' in page
    assert not Order.objects.exists()
    assert buy(client, listing, terms="1").status_code == 302
    Order.objects.all().delete()
    assert buy(client, listing).status_code == 302, "accepted before"
    Order.objects.all().delete()
    Paper.objects.create(
        slug="terms", version=2, title="Terms", text="New.", note="What changed.", published_on="2026-11-30"
    )
    assert "What changed." in buy(client, listing).content.decode()
    assert buy(client, listing, terms="2").status_code == 302
    assert accepted() == [("terms", 1), ("terms", 2)]


def test_without_terms_nothing_is_asked(client, listing):
    assert buy(client, listing).status_code == 302
    assert accepted() == []


@pytest.mark.parametrize("version", ["3", "99", "on"])
def test_only_the_terms_in_force_and_those_before_are_accepted(client, listing, terms, version):
    for number in (2, 3, 4, 5):
        Paper.objects.create(slug="terms", version=number, title="Terms", text="New.", published_on="2026-11-30")
    assert "is not in force any more" in buy(client, listing, terms=version).text
    assert not Order.objects.exists()
    assert buy(client, listing, terms="4").status_code == 302, "it was in force when the page was read"
    assert accepted() == [("terms", 4)]
