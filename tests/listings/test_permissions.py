"""Who may do what: every address of listings and accounts, for six kinds of people, read and written.

The addresses come from the URLconf: a new view without a row here fails.
"""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission, User
from django.urls import URLPattern, get_resolver, reverse

from clinics.models import ClinicPhoto
from listings.models import Claim, Invitation, Listing, Membership, Order, Submission
from tests.factories import make_clinic
from tests.listings.billing.payments import price_of
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "owner", "other", "invited", "editor", "admin")
LOGIN, FOUND = 302, 302
PUBLIC = {"GET": [200] * 6, "POST": [405] * 6}
# An answer for each of PEOPLE: 302 to the log-in page for the anonymous, 404 for what is somebody else's.
MINE = {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 405, 405, 405, 405, 405]}
DEED = {"GET": [LOGIN, 405, 405, 405, 405, 405], "POST": [LOGIN, FOUND, 404, FOUND, 404, 404]}
OWNERS_DEED = {"GET": [LOGIN, 405, 405, 405, 405, 405], "POST": [LOGIN, FOUND, 404, 404, 404, 404]}
OWNERS_FORM = {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 422, 404, 404, 404, 404]}
EVERYONES = {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, 405, 405, 405, 405, 405]}
MATRIX = {
    "start": {"GET": [200] * 6, "POST": [405] * 6},
    "plans": PUBLIC,
    "claim_clinic": {"GET": [LOGIN, FOUND, 200, FOUND, 200, 200], "POST": [LOGIN, FOUND, 422, FOUND, 422, 422]},
    "new_listing": {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, FOUND, FOUND, FOUND, FOUND, FOUND]},
    "account": EVERYONES,
    "listings": EVERYONES,
    "sessions": {"GET": [LOGIN, 200, 200, 200, 200, 200], "POST": [LOGIN, FOUND, FOUND, FOUND, FOUND, FOUND]},
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
    "edit": DEED,
    "check": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "step": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "report_pharmacy": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "photos": {"GET": [LOGIN, 200, 404, 200, 404, 404], "POST": [LOGIN, 422, 404, 422, 404, 404]},
    "remove_photo": DEED,
    "people": OWNERS_FORM,
    "remove_person": OWNERS_DEED,
    "plan_choose": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 200, 404, 404, 404, 404]},
    "order_detail": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 405, 405, 405, 405, 405]},
    "order_retry": OWNERS_DEED,
    "billing": {"GET": [LOGIN, 200, 404, 404, 404, 404], "POST": [LOGIN, 200, 404, 404, 404, 404]},
    "billing_portal": OWNERS_DEED,
    "billing_cover": OWNERS_DEED,
    "billing_cancel": OWNERS_DEED,
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
    "mfa_authenticate": ANYONE,
    "mfa_reauthenticate": LOGGED_IN,
    "mfa_index": LOGGED_IN,
    "mfa_activate_totp": LOGGED_IN,
    "mfa_deactivate_totp": LOGGED_IN,
    "mfa_view_recovery_codes": LOGGED_IN,
    "mfa_generate_recovery_codes": LOGGED_IN,
    "mfa_download_recovery_codes": LOGGED_IN,
}
ARGUMENTS = {
    "account_confirm_email": ["no-such-key"],
    "account_reset_password_from_key": ["1", "no-such-key"],
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
    Submission.objects.create(listing=listing, kind=Submission.Kind.EDIT)
    claim = Claim.objects.create(clinic=make_clinic("Claimed"), user=owner, method=Claim.Method.PHONE)
    invitation = Invitation.objects.create(listing=listing, email=invited.email, invited_by=owner)
    order = Order.place(listing, owner, price_of())
    photo = ClinicPhoto.objects.create(clinic=listing.clinic, name="0123456789abcdef-9x9.jpg", width=9, height=9)
    editor = User.objects.create_user("editor", is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["clinics", "listings"]))
    people = {"owner": owner, "other": other, "invited": invited, "editor": editor, "anonymous": None}
    people["admin"] = User.objects.create_superuser("admin", password="a sentence to log in with")
    arguments = {
        **{name: [listing.pk] for name in MATRIX},
        **{name: [] for name in ("start", "plans", "new_listing", "account", "listings", "sessions", "shared_parts")},
        "claim_clinic": [listing.clinic_id],
        "claim": [claim.pk],
        "shared_part": ["hours"],
        "invitation": [invitation.token],
        "step": [listing.pk, "practice"],
        "remove_person": [listing.pk, member.pk],
        "remove_photo": [listing.pk, photo.pk],
        "order_detail": [order.pk],
        "order_retry": [order.pk],
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
    if MATRIX[name][method][0] == LOGIN and person == "anonymous":
        assert response["Location"].startswith("/account/login/?next=")
    if name != "plans":
        assert response["Cache-Control"] == "no-store, private"


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
