"""The deletion of an account: the ledger stays to the cent, the person is in no table any more."""

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse

from core.models import OutgoingEmail
from listings.billing import contacts, gateway
from listings.fake_stripe import billing, objects
from listings.models import (
    BillingAccount,
    Claim,
    Invitation,
    LedgerEntry,
    Listing,
    Membership,
    Order,
    Submission,
    Subscription,
)
from listings.personal_data.deletion import NotYet, delete_account, obstacles
from tests.listings.billing.payments import buy, deliver_all_events, gateway_subscription
from tests.listings.factories import AuthenticatorFactory, InvitationFactory, make_listing, make_owner
from tests.listings.personal_data.test_export import as_owner, everything, owner  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def end_plans():
    Subscription.objects.update(ends_at_period_end=True, next_charge_cents=None)


def tables_that_hold(word: str) -> list[str]:
    """The tables with a row in which the word stands, in any column."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"SELECT 1 FROM {table} AS t WHERE t::text ILIKE %s LIMIT 1", [f"%{word}%"])
                found += [model._meta.label] if cursor.fetchone() else []
    return found


def test_the_person_is_in_no_table_and_the_ledger_is_as_it_was(as_owner, everything):  # noqa: F811
    end_plans()
    AuthenticatorFactory(user=everything)
    User.objects.filter(pk=everything.pk).update(first_name="Zanzibaria", username="zanzibaria")
    ledger, address = list(LedgerEntry.objects.values()), everything.email
    assert "auth.User" in tables_that_hold(address)
    answer = as_owner.post(reverse("listings:delete_account"), {"sure": "yes"})
    assert "Your account is deleted" in answer.content.decode()
    assert set(tables_that_hold(address)) <= {"fake_stripe.GatewayObject"}  # the gateway's own books
    assert tables_that_hold("zanzibaria") == []
    assert list(LedgerEntry.objects.values()) == ledger
    left = User.objects.get(pk=everything.pk)
    assert (left.username, left.is_active, left.has_usable_password()) == (f"deleted-{left.pk}", False, False)
    assert Order.objects.filter(buyer=left).exists()
    for model in (Membership, Claim, Authenticator):
        assert not model.objects.filter(user=left).exists()
    assert not Invitation.objects.filter(invited_by=left).exists()
    assert not Submission.objects.filter(submitted_by=left).exists()
    assert as_owner.get(reverse("listings:account")).status_code == 302, "the session has ended"


def test_others_lose_nothing(everything):  # noqa: F811
    end_plans()
    other = User.objects.get(username="other")
    before = [model.objects.filter(user=other).count() for model in (Membership, Claim)]
    delete_account(everything)
    assert [model.objects.filter(user=other).count() for model in (Membership, Claim)] == before
    assert Listing.objects.count() == 2, "what a clinic says stays in the directory"


def test_the_document_of_a_claim_is_deleted(owner, django_capture_on_commit_callbacks):  # noqa: F811
    claim = Claim.objects.create(clinic=make_listing(make_owner("other")).clinic, user=owner, method="document")
    claim.document.save("license.pdf", ContentFile(b"%PDF-1.7"))
    storage, name = claim.document.storage, claim.document.name
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(owner)
    assert not storage.exists(name)


def test_while_a_plan_would_renew_the_account_stays_and_the_page_leads_to_its_end(as_owner, everything):  # noqa: F811
    page = as_owner.post(reverse("listings:delete_account"), {"sure": "yes"})
    assert page.status_code == 422
    address = reverse("listings:billing_account", args=[everything.pays_for.get().account_id])
    assert f'href="{address}"' in page.content.decode()
    assert User.objects.get(pk=everything.pk).email == everything.email


def test_an_account_of_staff_is_not_deleted_here(owner):  # noqa: F811
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    with pytest.raises(NotYet, match="staff"):
        delete_account(owner)


def test_without_the_tick_nothing_happens(as_owner, owner):  # noqa: F811
    assert as_owner.post(reverse("listings:delete_account")).status_code == 422
    assert User.objects.get(pk=owner.pk).is_active


def test_a_draft_that_nobody_else_manages_goes_and_the_page_names_what_is_left_alone(as_owner, owner):  # noqa: F811
    draft = Listing.objects.create(practice_name="Draft")
    Membership.objects.create(listing=draft, user=owner)
    alone, shared = make_listing(owner), make_listing(owner)
    Membership.objects.create(listing=shared, user=make_owner("second"))
    page = as_owner.get(reverse("listings:delete_account"))
    assert {each.pk for each in page.context["left_alone"]} == {draft.pk, alone.pk}
    delete_account(owner)
    assert set(Listing.objects.values_list("pk", flat=True)) == {alone.pk, shared.pk}


def test_an_invitation_of_the_address_and_mails_to_it_are_forgotten(owner):  # noqa: F811
    listing = make_listing(make_owner("other"))
    InvitationFactory(listing=listing, email=owner.email)
    OutgoingEmail.objects.create(key="any", template="listings/receipt", to=owner.email.upper())
    delete_account(owner)
    assert not Invitation.objects.exists()
    assert not OutgoingEmail.objects.exists()


def test_a_plan_that_ends_with_its_period_and_still_owes_a_payment_holds_the_account(owner):  # noqa: F811
    subscription = buy(make_listing(owner))
    billing.renew(gateway_subscription(subscription), succeeds=False)
    billing.end_at_period_end(gateway_subscription(subscription), True)
    deliver_all_events()
    subscription.refresh_from_db()
    assert subscription.ends_at_period_end
    with pytest.raises(NotYet, match="can still be charged"):
        delete_account(owner)


def test_the_way_out_leads_a_payer_who_is_no_owner_any_more_to_the_plan(client, owner):  # noqa: F811
    listing = make_listing(owner)
    buy(listing)
    Membership.objects.create(listing=listing, user=make_owner("partner"))
    Membership.objects.filter(user=owner).delete()
    client.force_login(owner)
    [obstacle] = obstacles(owner)
    assert "End the plan" in client.get(obstacle.path).text


def test_the_gateway_forgets_the_person_too_even_when_it_was_down(owner):  # noqa: F811
    subscription = buy(make_listing(owner))
    BillingAccount.objects.update(name="Jo Sample", po_number="PO 77", email="Owner@Practice.example")
    gateway.update_customer(BillingAccount.objects.get())
    end_plans()
    delete_account(owner)
    contacts.tell_gateway()
    there = objects.get("customer", subscription.customer_id)
    assert not there["name"]
    assert not there["email"]
    assert not there["invoice_settings"]["custom_fields"]
    assert contacts.tell_gateway().startswith("0 "), "once"


def test_an_address_in_capital_letters_is_forgotten_where_others_go_on_paying(owner):  # noqa: F811
    account = buy(make_listing(owner)).account
    account.add_payer(make_owner("partner"))
    BillingAccount.objects.update(email=owner.email.upper())
    InvitationFactory(listing=make_listing(make_owner("third")), email=owner.email.upper())
    delete_account(owner)
    account.refresh_from_db()
    assert account.email == ""
    assert not Invitation.objects.exists()
