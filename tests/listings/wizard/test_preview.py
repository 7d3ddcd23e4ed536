"""The check of the answers and the editor's review show the public row and page, and what changes there."""

import pytest
from django.urls import reverse

from clinics.models import Clinic
from clinics.typed_hours import parse_week
from tests.factories import make_clinic
from tests.listings.accounts.test_owners import PHONES, PRACTICE, editor, owner
from tests.listings.factories import make_listing

__all__ = ["editor", "owner"]  # fixtures
pytestmark = pytest.mark.django_db


def check_of(client, listing) -> str:
    return " ".join(client.get(reverse("listings:check", args=[listing.pk])).text.split())


def test_a_new_practice_is_shown_as_readers_will_see_it_and_not_as_typed(client, owner, editor):
    hours = {"open_hours": "M-F 9am-5pm"}
    access = {"accepting_new_patients": "yes", "days_to_first_visit": "0"}
    client.post(reverse("listings:new_listing"))
    listing = owner.memberships.get().listing
    for slug, answers in {"practice": PRACTICE, "phones": PHONES, "hours": hours, "access": access}.items():
        client.post(reverse("listings:step", args=[listing.pk, slug]), answers)
    page = check_of(client, listing)
    assert "Hours: Mon-Fri 9 a.m.–5 p.m." in page
    assert "M-F 9am-5pm" not in page
    assert 'class="row-name"' in page  # of the list
    assert 'href="tel:+14105550177"' in page
    assert "120 East North Avenue<br>Baltimore, MD 21202" in page
    assert "Takes new patients" in page
    assert "<del>" not in page
    assert "/clinics/None" not in page
    assert not Clinic.objects.exists()
    client.post(reverse("listings:check", args=[listing.pk]))
    client.force_login(editor)
    review = client.get(reverse("admin:listings_submission_change", args=[listing.submissions.get().pk])).text
    assert "Hours: Mon-Fri 9 a.m.–5 p.m." in review
    assert "M-F 9am-5pm" not in review


def test_of_a_live_listing_what_changes_is_marked_in_words(client, owner, editor):
    clinic = make_clinic(phone="410-555-0100", open_hours=parse_week("Mon 9-17"), services=["methadone"])
    listing = make_listing(owner, clinic)
    client.post(reverse("listings:edit", args=[listing.pk]))
    assert "Nothing changes for readers yet" in check_of(client, listing)
    client.post(reverse("listings:step", args=[listing.pk, "hours"]), {"open_hours": "Tue 9am-5pm"})
    client.post(reverse("listings:step", args=[listing.pk, "phones"]), PHONES)
    page = check_of(client, listing)
    assert "<del><b>Before:</b> Hours: Mon 9 a.m.–5 p.m.</del>" in page
    assert "<ins><b>New:</b> Hours: Tue 9 a.m.–5 p.m.</ins>" in page
    assert "<ins><b>New:</b> 410-555-0177</ins>" in page
    clinic.refresh_from_db()
    assert clinic.phone == "410-555-0100"  # the page writes nothing
    client.post(reverse("listings:check", args=[listing.pk]))
    client.force_login(editor)
    review = client.get(reverse("admin:listings_submission_change", args=[listing.submissions.get().pk])).text
    assert "<del><b>Before:</b> 410-555-0100</del>" in " ".join(review.split())


def test_what_has_errors_is_left_out(client, owner):
    listing = make_listing(owner, make_clinic())
    client.post(reverse("listings:edit", args=[listing.pk]))
    client.post(reverse("listings:step", args=[listing.pk, "hours"]), {"open_hours": "whenever we like"})
    page = check_of(client, listing)
    assert "whenever we like" not in page
    assert "These pages need another look" in page


def test_a_pin_that_moves_is_said_in_miles(client, owner):
    listing = make_listing(owner, make_clinic())
    client.post(reverse("listings:edit", args=[listing.pk]))
    client.post(reverse("listings:step", args=[listing.pk, "map"]), {"point": "39.30000, -76.62000"})
    assert "The pin moves by 0." in check_of(client, listing)


def test_what_somebody_else_has_changed_meanwhile_is_shown_as_it_stays(client, owner):
    clinic = make_clinic(open_hours=parse_week("Mon 9-17"), walk_in_hours=parse_week("Mon 9-12"))
    listing = make_listing(owner, clinic)
    client.post(reverse("listings:edit", args=[listing.pk]))
    sent = listing.open_submission.answers["hours"] | {"open_hours": "Tue 9am-5pm"}
    Clinic.objects.filter(pk=clinic.pk).update(walk_in_hours=parse_week("Wed 10-12"))  # an editor or a list
    client.post(reverse("listings:step", args=[listing.pk, "hours"]), sent)
    page = check_of(client, listing)
    assert "<ins><b>New:</b> Hours: Mon-Tue 9 a.m.–5 p.m.</ins>" in page
    assert "Wed 10 a.m." in page
    assert "Mon 9 a.m.–noon" not in page
    client.post(reverse("listings:check", args=[listing.pk]))
    clinic.refresh_from_db()
    assert (clinic.open_hours, clinic.walk_in_hours) == (parse_week("Mon-Tue 9-17"), parse_week("Wed 10-12"))
