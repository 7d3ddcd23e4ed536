"""The poster and the badge of a clinic."""

import html
import re

import pytest
from django.urls import reverse

from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing(client):
    owner = make_owner()
    client.force_login(owner)
    return make_listing(owner)


def page(client, name, listing) -> str:
    return client.get(reverse(f"listings:{name}", args=[listing.pk])).content.decode()


def test_the_badge_is_a_link_that_loads_nothing(client, listing):
    [escaped] = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page(client, "publicity", listing), re.DOTALL)
    badge = html.unescape(escaped)
    assert badge.startswith(f'<a href="http://testserver{listing.clinic.get_absolute_url()}"')
    assert badge.endswith("</a>")
    assert not re.search(r"<script|<img|<iframe|\ssrc=|url\(|\son\w+=", badge)


def test_the_poster_holds_the_code_inside_the_page_and_the_clinics_own_number(client, listing):
    poster = page(client, "poster", listing)
    assert 'class="qr"' in poster
    assert "<img" not in poster
    assert f"http://testserver{listing.clinic.get_absolute_url()}" in poster
    assert listing.clinic.phone in poster


@pytest.mark.parametrize("name", ["publicity", "poster"])
def test_a_listing_that_readers_do_not_see_has_neither(client, listing, name):
    listing.suspend("A reason")
    assert client.get(reverse(f"listings:{name}", args=[listing.pk])).status_code == 404
