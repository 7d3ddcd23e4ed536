"""Who may do what: every address of listings and accounts, for six kinds of people, read and written.

The addresses come from the URLconf: a new view without a row here fails.
"""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission, User
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from clinics.models import Clinic, ClinicPhoto, ProposedChange
from clinics.verification.lock import STEERING
from listings.accounts.bulk_edit import PARTS
from listings.emails.monthly import switch_path
from listings.models import BillingAccount, Claim, Invitation, Listing, Membership, Submission
from listings.wizard.steps import PAGES
from tests.factories import make_clinic
from tests.listings.factories import SubscriptionFactory, make_listing, make_owner

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "owner", "other", "invited", "editor", "admin")
LOGIN, FOUND = 302, 302
PUBLIC = {"GET": [200] * 6, "POST": [405] * 6}
# An answer for each of PEOPLE: 302 to the log-in page for the anonymous, 404 for what is somebody else's.
MINE = {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 405, 405, 405, 405, 405]}
DEED = {"GET": [LOGIN, FOUND, FOUND, FOUND, FOUND, FOUND], "POST": [LOGIN, FOUND, 404, FOUND, 404, 404]}
OWNERS_DEED = {"GET": [LOGIN, FOUND, FOUND, FOUND, FOUND, FOUND], "POST": [LOGIN, FOUND, 404, 404, 404, 404]}
OWNERS_FORM = {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 422, 404, 404, 404, 404]}
EVERYONES = {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, 405, 405, 405, 405, 405]}
SIGN_UP_FIRST = ("new_listing", "claim_clinic", "invitation")
MATRIX = {
    "start": {"GET": [200] * 6, "POST": [405] * 6},
    "plans": PUBLIC,
    "claim_clinic": {"GET": [LOGIN, FOUND, 200, FOUND, 200, 200], "POST": [LOGIN, FOUND, 422, FOUND, 422, 422]},
    "new_listing": {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, FOUND, FOUND, FOUND, FOUND, FOUND]},
    "unwanted_call": {"GET": [200] * 6, "POST": [422] * 6},
    "delete_draft": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, FOUND, 404, 404, 404, 404]},
    "claim_proof": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 422, 404, 404, 404, 404]},
    "claim_code": OWNERS_DEED,
    "withdraw_claim": OWNERS_DEED,
    "rival_claim": OWNERS_FORM,
    "withdraw_invitation": OWNERS_DEED,
    "account": EVERYONES,
    "listings": EVERYONES,
    "sessions": {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, FOUND, FOUND, FOUND, FOUND, FOUND]},
    # POST asks for the password first; this editor has none to be asked for.
    "data": {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, FOUND, FOUND, FOUND, 200, FOUND]},
    "delete_account": {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, FOUND, FOUND, FOUND, 422, FOUND]},
    "shared_parts": EVERYONES,
    "shared_part": {"GET": [LOGIN, 200, 200, 200, FOUND, FOUND], "POST": [LOGIN, 422, 422, 422, FOUND, FOUND]},
    "claim": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 422, 404, 404, 404, 404]},
    "invitation": {"GET": [LOGIN, 403, 403, 200, 403, 403], "POST": [LOGIN, 403, 403, FOUND, 403, 403]},
    "listing": MINE,
    "confirm": DEED,
    "answer": DEED,
    "closed_today": {"GET": DEED["GET"], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "open_after_all": DEED,
    "close": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, FOUND, 404, 404, 404, 404]},
    "withdraw_change": OWNERS_DEED,
    "edit": DEED,
    "take_back": DEED,
    "tasks": MINE,
    "check": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "step": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "report_pharmacy": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "publicity": MINE,
    "poster": MINE,
    "monthly_mail": {"GET": [200] * 6, "POST": [FOUND] * 6},  # whoever holds the mailed link
    "photos": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "remove_photo": DEED,
    "people": OWNERS_FORM,
    "remove_person": OWNERS_DEED,
    "plan_choose": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 200, 404, 404, 404, 404]},
    "order_detail": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 405, 405, 405, 405, 405]},
    "order_retry": OWNERS_DEED,
    "billing": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 200, 404, 404, 404, 404]},
    "billing_cover": OWNERS_DEED,
    "billing_accounts": EVERYONES,
    "billing_account": OWNERS_FORM,
    "billing_portal": OWNERS_DEED,
    "add_payer": {"GET": OWNERS_DEED["GET"], "POST": [LOGIN, 422, 404, 404, 404, 404]},
    "remove_payer": OWNERS_DEED,
    "plan_end": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, FOUND, 404, 404, 404, 404]},
    "plan_keep": OWNERS_DEED,
    "plan_change": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 422, 404, 404, 404, 404]},
}
# The pages of the library: for the logged in they ask for a recent password, forms and keys of one's own alone.
ANYONE, LOGGED_IN = "anyone", "logged in"
ACCOUNT_MATRIX = {
    "account_login": ANYONE,
    "account_logout": ANYONE,
    "account_signup": ANYONE,
    "account_inactive": ANYONE,
    "account_confirm_login_code": ANYONE,
    "account_reauthenticate": LOGGED_IN,
    "account_email": LOGGED_IN,
    "account_email_verification_sent": ANYONE,
    "account_confirm_email": ANYONE,
    "account_change_password": LOGGED_IN,
    "account_set_password": LOGGED_IN,
    "account_reset_password": ANYONE,
    "account_reset_password_done": ANYONE,
    "account_reset_password_from_key": ANYONE,
    "account_reset_password_from_key_done": ANYONE,
    "account_staff_invitation": ANYONE,
    "mfa_authenticate": ANYONE,
    "mfa_reauthenticate": LOGGED_IN,
    "mfa_index": LOGGED_IN,
    "mfa_activate_totp": LOGGED_IN,
    "mfa_deactivate_totp": LOGGED_IN,
    "mfa_view_recovery_codes": LOGGED_IN,
    "mfa_generate_recovery_codes": LOGGED_IN,
    "mfa_download_recovery_codes": LOGGED_IN,
    "mfa_list_webauthn": LOGGED_IN,
    "mfa_add_webauthn": LOGGED_IN,
    "mfa_edit_webauthn": LOGGED_IN,
    "mfa_remove_webauthn": LOGGED_IN,
    "mfa_reauthenticate_webauthn": LOGGED_IN,
}
ARGUMENTS = {
    "account_confirm_email": ["no-such-key"],
    "account_reset_password_from_key": ["1", "no-such-key"],
    "mfa_edit_webauthn": [1],
    "mfa_remove_webauthn": [1],
}


def patterns(resolver, namespace=""):
    """(namespace, name) of every address below."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield namespace, entry.name
        elif not entry.namespace or entry.namespace == "listings":
            yield from patterns(entry, entry.namespace or namespace)


def names_of(namespace, *prefixes):
    return {
        name for found, name in patterns(get_resolver()) if found == namespace and (name or "").startswith(prefixes)
    }


@pytest.fixture
def world():
    """A listing with changes begun, its owner and an editor; of the owner a claim, an order and an invitation."""
    owner, other, invited = make_owner(), make_owner("other"), make_owner("invited")
    for user in (owner, other, invited):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    listing = make_listing(owner)
    make_listing(other, make_clinic("Other Clinic"))
    member = Membership.objects.create(listing=listing, user=invited, role=Membership.Role.EDITOR)
    Submission.objects.create(listing=listing, kind=Submission.Kind.EDIT, answers={"phones": {"phone": ["call us"]}})
    claim = Claim.objects.create(clinic=make_clinic("Claimed"), user=owner, method=Claim.Method.PHONE)
    rival = Claim.objects.create(clinic=listing.clinic, user=make_owner("rival"), method="document", status="open")
    rival.tell_owners()
    invitation = Invitation.objects.create(listing=listing, email=invited.email, invited_by=owner)
    account = BillingAccount.objects.for_buyer(owner, livemode=False)
    account.store_customer("cus_of_the_owner")
    subscription = SubscriptionFactory(
        order__listing=listing,
        order__buyer=owner,
        order__status="paid",
        account=account,
        gateway_status="active",
        period_end=timezone.now() + timedelta(days=20),
    )
    payer = subscription.account.payers.get()
    photo = ClinicPhoto.objects.create(clinic=listing.clinic, name="0123456789abcdef-9x9.jpg", width=9, height=9)
    change = ProposedChange.objects.create(
        clinic=listing.clinic, facts={"phone": ["410-555-0100", "410-555-0199"]}, writer="link"
    )
    editor = User.objects.create_user("editor", is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["clinics", "listings"]))
    people = {"owner": owner, "other": other, "invited": invited, "editor": editor, "anonymous": None}
    people["admin"] = User.objects.create_superuser("admin", password="a sentence to log in with")
    arguments = {
        **{name: [listing.pk] for name in MATRIX},
        **{
            name: []
            for name in (
                "start",
                "plans",
                "new_listing",
                "unwanted_call",
                "account",
                "listings",
                "sessions",
                "shared_parts",
                "data",
                "delete_account",
                "billing_accounts",
            )
        },
        "claim_clinic": [listing.clinic_id],
        **{name: [claim.pk] for name in ("claim", "claim_proof", "claim_code", "withdraw_claim")},
        "rival_claim": [listing.pk, rival.pk],
        "withdraw_invitation": [listing.pk, invitation.pk],
        "shared_part": ["hours"],
        "invitation": [invitation.token],
        "monthly_mail": [switch_path(Membership.objects.get(user=owner)).rstrip("/").rpartition("/")[2]],
        "step": [listing.pk, "practice"],
        "remove_person": [listing.pk, member.pk],
        "remove_photo": [listing.pk, photo.pk],
        "withdraw_change": [listing.pk, change.pk],
        "order_detail": [subscription.order_id],
        "order_retry": [subscription.order_id],
        **{name: [subscription.pk] for name in ("plan_end", "plan_keep", "plan_change")},
        **{name: [subscription.account_id] for name in ("billing_account", "billing_portal", "add_payer")},
        "remove_payer": [subscription.account_id, payer.pk],
    }
    return people, arguments, listing


def test_every_address_has_a_row():
    assert names_of("listings", "") == set(MATRIX)
    assert names_of("", "account_", "mfa_") == set(ACCOUNT_MATRIX)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", MATRIX)
def test_access_to_pages_of_listings(client, world, name, person, method):
    people, arguments, _listing = world
    if people[person]:
        client.force_login(people[person])
    response = getattr(client, method.lower())(reverse(f"listings:{name}", args=arguments[name]))
    assert response.status_code == MATRIX[name][method][PEOPLE.index(person)]
    if MATRIX[name][method][0] == LOGIN and name != "monthly_mail" and person == "anonymous":
        page = "signup" if name in SIGN_UP_FIRST else "login"
        assert response["Location"].startswith(f"/account/{page}/?next=")
    if name != "plans":
        assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("person", ["owner", "invited"])
def test_no_page_of_owners_changes_what_steers_a_patient(client, world, person):
    people, arguments, listing = world
    client.force_login(people[person])
    columns = sorted(STEERING - {"point", "practitioners"})
    before = Clinic.objects.filter(pk=listing.clinic_id).values(*columns).get()
    typed = {"phone": "410-555-0199", "website": "https://patient-broker.example/", "name": "Another Clinic"}
    typed |= {"street": "5 Elm Street", "city": "Towson", "state": "MD", "zip_code": "21204", "point": "39.5, -76.5"}
    slugs = [("step", [listing.pk, slug]) for slug in PAGES]
    shared = [("shared_part", [part]) for part in PARTS]
    for name, args in [*slugs, *shared, *((name, arguments[name]) for name in MATRIX)]:
        client.post(reverse(f"listings:{name}", args=args), typed | {"listing": listing.pk})
    assert listing.submissions.exclude(answers={}).exists()
    assert Clinic.objects.filter(pk=listing.clinic_id).values(*columns).get() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ACCOUNT_MATRIX)
def test_accounts_are_for_their_owner_alone(client, world, name, method):
    response = getattr(client, method)(reverse(name, args=ARGUMENTS.get(name, [])))
    assert response.status_code < 500
    if ACCOUNT_MATRIX[name] == LOGGED_IN:
        assert response.status_code == 302
        assert response["Location"].startswith("/account/login/")
    client.force_login(world[0]["owner"])
    assert getattr(client, method)(reverse(name, args=ARGUMENTS.get(name, []))).status_code < 500


def test_posted_extra_fields_change_nothing(client, world):
    people, arguments, listing = world
    client.force_login(people["owner"])
    intruding = {
        "sponsored_until": "2099-01-01", "status": "live", "owner": people["other"].pk, "slug": "x", "clinic": "1",
        "state": "approved", "is_listed": "0", "role": "owner", "kind": "new", "amount_cents": "1",
    }  # fmt: skip

    def facts():
        rows = Listing.objects.filter(pk=listing.pk).values("status", "clinic_id", "subscription_id", "practice_name")
        clinic = type(listing.clinic).objects.filter(pk=listing.clinic_id)
        members = sorted(Membership.objects.values_list("listing_id", "user_id", "role"))
        kinds = list(Submission.objects.filter(listing=listing).values_list("kind", "status"))
        return [*rows, *clinic.values("name", "sponsored_until", "is_listed", "city_slug"), members, kinds]

    before = facts()
    for name in ("step", "check", "people", "claim", "plan_choose", "billing", "confirm", "edit"):
        client.post(reverse(f"listings:{name}", args=arguments[name]), intruding)
    assert facts() == before
    assert set(Submission.objects.get(listing=listing).answers["practice"]) == {"state"}  # a field of the form
