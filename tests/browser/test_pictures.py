"""Photographs of every page type for people to look at, in var/pictures/; and that each page could be taken."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.stack import ALL_PAGES

PICTURES = settings.VAR_DIR / "pictures"
BLANK_BYTES = 12_000  # an empty page of these sizes takes fewer, and every page of ours more
WIDTHS = (360, 768, 1280)


@pytest.mark.parametrize("name", ALL_PAGES)
def test_every_page_is_photographed_narrow_and_wide_light_and_dark(new_page, site, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = new_page()
    response = page.goto(site.path(name))
    assert response.status == (404 if name == "not-found" else 200)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("h1, .login #site-name").first).to_be_visible()
            picture = PICTURES / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.read_bytes().startswith(b"\x89PNG")
            assert picture.stat().st_size > BLANK_BYTES
