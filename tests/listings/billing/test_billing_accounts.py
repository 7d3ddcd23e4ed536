"""Whoever pays can always see and end it: as a payer, a removed payer, another owner, an editor and a stranger."""

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed
from django.urls import reverse

from core.models import OutgoingEmail
from listings.billing import contacts, gateway
from listings.billing.gateway_types import GatewayMisconfigured, GatewayUnavailable
from listings.fake_stripe import objects
from listings.models import BillingDifference, Membership, Payer
from tests.factories import make_clinic
from tests.listings.billing.payments import buy, gateway_subscription
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
ALL = reverse("listings:billing_accounts")


@pytest.fixture
def listing():
    return make_listing(clinic=make_clinic("Harbor Clinic"))


@pytest.fixture
def subscription(listing):
    return buy(listing)


@pytest.fixture
def account(subscription):
    return subscription.account


@pytest.fixture
def partner(listing):
    """Another owner of the same listing."""
    partner = make_owner("partner")
    Membership.objects.create(listing=listing, user=partner)
    listing.memberships.update(owner_since=None)  # nobody is new
    return partner


@pytest.fixture
def editor(listing):
    editor = make_owner("editor")
    Membership.objects.create(listing=listing, user=editor, role="editor")
    return editor


def page_of(account):
    return reverse("listings:billing_account", args=[account.pk])


def addresses(subscription) -> list[str]:
    plan = [reverse(f"listings:plan_{name}", args=[subscription.pk]) for name in ("end", "keep", "change")]
    account = subscription.account
    payer = account.payers.get()
    remove = reverse("listings:remove_payer", args=[account.pk, payer.pk])
    names = ("billing_account", "billing_portal", "add_payer")
    return [*plan, *(reverse(f"listings:{name}", args=[account.pk]) for name in names), remove]


def test_a_payer_who_is_no_member_any_more_sees_and_ends_the_plan(client, listing, subscription, partner):
    payer = subscription.account.payers.get().user
    listing.memberships.filter(user=payer).delete()
    client.force_login(payer)
    assert client.get(reverse("listings:billing", args=[listing.pk])).status_code == 404
    for address in (ALL, page_of(subscription.account)):
        page = client.get(address).text
        assert "Harbor Clinic" in page
        assert "$49.00 a month" in page
    end = reverse("listings:plan_end", args=[subscription.pk])
    assert end in client.get("/account/").text  # the first click
    assert "Nothing more is charged" in client.get(end).text
    page = client.post(end, follow=True).text  # the second
    assert "ends with the period that is paid" in page
    assert gateway_subscription(subscription)["cancel_at_period_end"] is True
    page = client.post(reverse("listings:plan_keep", args=[subscription.pk]), follow=True).text
    assert "The plan goes on." in page
    assert gateway_subscription(subscription)["cancel_at_period_end"] is False


def test_strangers_and_editors_reach_no_page_about_the_money_of_others(client, subscription, editor):
    stranger = make_owner("stranger")
    make_listing(stranger, make_clinic("Elsewhere"))
    for somebody in (stranger, editor):
        client.force_login(somebody)
        for address in addresses(subscription):
            assert client.post(address).status_code == 404
        assert "Harbor Clinic" not in client.get(ALL).text
    assert gateway_subscription(subscription)["cancel_at_period_end"] is False


def test_another_owner_sees_who_pays_and_ends_the_plan_but_starts_no_charge_again(client, subscription, partner):
    listing, account = subscription.listing, subscription.account
    client.force_login(partner)
    page = client.get(reverse("listings:billing", args=[listing.pk])).text
    assert account.payers.get().user.email in page
    assert page_of(account) not in page
    assert reverse("listings:plan_end", args=[subscription.pk]) in client.get(ALL).text
    for address in (page_of(account), reverse("listings:billing_portal", args=[account.pk])):
        assert client.post(address).status_code == 404
    client.post(reverse("listings:plan_change", args=[subscription.pk]), {"price": 1})
    client.post(reverse("listings:plan_end", args=[subscription.pk]))
    assert gateway_subscription(subscription)["cancel_at_period_end"] is True
    client.post(reverse("listings:plan_keep", args=[subscription.pk]))
    assert gateway_subscription(subscription)["cancel_at_period_end"] is True  # it is not their card


def test_payers_name_other_owners_and_the_last_one_stays(client, subscription, partner, editor):
    account = subscription.account
    first = account.payers.get()
    client.force_login(first.user)
    add, remove = (
        reverse("listings:add_payer", args=[account.pk]),
        reverse("listings:remove_payer", args=[account.pk, first.pk]),
    )
    assert "The last payer cannot be removed" in client.post(remove, follow=True).text
    for address in ("nobody@elsewhere.example", editor.email):
        answer = client.post(add, {"email": address})
        assert answer.status_code == 422
        assert "Invite them there first" in answer.text
    client.post(add, {"email": partner.email.upper()})
    client.post(add, {"email": partner.email})
    assert account.payers.count() == 2
    client.post(remove)
    assert client.get(page_of(account)).status_code == 404
    client.force_login(partner)
    assert "Harbor Clinic" in client.get(page_of(account)).text
    mails = OutgoingEmail.objects.filter(template="listings/payer").values_list("to", "context__state")
    assert set(mails) == {(partner.email, "added"), (first.user.email, "removed")}


# The contact


def customer(account) -> dict:
    return objects.get("customer", account.customer_id)


def test_removing_a_payer_asks_once_more_and_says_what_follows(client, account, partner):
    Payer.objects.create(account=account, user=partner)
    client.force_login(partner)
    page = client.get(page_of(account)).text
    assert page.count('<details class="confirm">') == 2
    assert "You would no longer see these plans and receipts" in page
    assert "Yes, remove me" in page


def test_a_contact_is_told_to_the_gateway_and_again_when_that_was_down(client, account, monkeypatch):
    client.force_login(account.payers.get().user)
    form = {"name": "Harbor Health\nSystem", "email": "pay@harbor.example", "po_number": "PO 77"}
    assert client.post(page_of(account), form | {"email": "nobody"}).status_code == 422
    monkeypatch.setattr(gateway, "update_customer", down)
    client.post(page_of(account), form)
    contacts.tell_gateway()
    assert customer(account)["email"] != "pay@harbor.example"
    monkeypatch.undo()
    assert contacts.tell_gateway().startswith("1 ")
    assert contacts.tell_gateway().startswith("0 ")
    told = customer(account)
    assert (told["email"], told["name"]) == ("pay@harbor.example", "Harbor Health System")
    assert told["invoice_settings"]["custom_fields"][0]["value"] == "PO 77"


def down(*args, **kwargs):
    raise GatewayUnavailable("The payment service did not answer in time.")


def test_the_contact_follows_the_address_of_its_payer(account):
    user = account.payers.get().user
    old = EmailAddress(user=user, email=user.email)
    new = EmailAddress(user=user, email="new@practice.example")
    email_changed.send(sender=type(user), request=None, user=user, from_email_address=old, to_email_address=new)
    account.refresh_from_db()
    assert account.email == "new@practice.example"
    contacts.tell_gateway()
    assert customer(account)["email"] == "new@practice.example"
    account.__class__.objects.update(email="office@practice.example")  # a contact of its own stays
    email_changed.send(sender=type(user), request=None, user=user, from_email_address=new, to_email_address=old)
    account.refresh_from_db()
    assert account.email == "office@practice.example"


# The gateway does not do it


@pytest.mark.parametrize("name", ["end", "change"])
def test_a_gateway_that_does_not_answer_costs_a_sentence_and_nothing_else(client, subscription, monkeypatch, name):
    client.force_login(subscription.account.payers.get().user)
    for function in ("set_ends_at_period_end", "preview_change"):
        monkeypatch.setattr(gateway, function, down)
    price = subscription.plan.prices.get(interval="year")
    answer = client.post(reverse(f"listings:plan_{name}", args=[subscription.pk]), {"price": price.pk}, follow=True)
    assert "Nothing was changed; try again." in answer.text
    assert gateway_subscription(subscription)["cancel_at_period_end"] is False


def test_a_portal_that_is_not_set_up_is_said_honestly(client, account, monkeypatch):
    def refuse(*args, **kwargs):
        raise GatewayMisconfigured("No configuration provided")

    client.force_login(account.payers.get().user)
    address = reverse("listings:billing_portal", args=[account.pk])
    assert "/fake-stripe/portal/" in client.post(address).text
    monkeypatch.setattr(gateway, "portal_url", refuse)
    page = client.post(address, follow=True).text
    assert "is not set up yet" in page
    assert "does not answer" not in page
    assert "No configuration provided" not in page
    client.post(address)
    told = BillingDifference.objects.get(kind="needs-operator")
    assert "(portal): No configuration provided" in told.sentence


def test_the_owner_of_a_clinic_in_the_group_plan_of_others_takes_that_clinic_out_alone(client, listing):
    group = buy(listing, slug="group")
    payer = group.account.payers.get().user
    mine = make_listing(payer, make_clinic("Mine"))
    group.cover(mine)
    neighbor = make_owner("neighbor")
    Membership.objects.create(listing=mine, user=neighbor)
    client.force_login(neighbor)
    page = client.get(reverse("listings:billing", args=[mine.pk])).text
    end = reverse("listings:plan_end", args=[group.pk])
    assert end not in page
    assert "Harbor Clinic" not in page
    assert client.post(end).status_code == 404
    client.post(reverse("listings:billing_cover", args=[mine.pk]), {"release": listing.pk})
    assert group.listings.count() == 2
    client.post(reverse("listings:billing_cover", args=[mine.pk]), {"release": mine.pk})
    assert group.listings.get() == listing
