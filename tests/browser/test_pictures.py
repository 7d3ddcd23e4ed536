"""Photographs of every page type for people to look at, in var/pictures/; and that each can be taken."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

PICTURES = settings.VAR_DIR / "pictures"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_is_photographed(chromium, site, page_types, width, scheme):
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(
        base_url=site.url, viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=False
    )
    page = context.new_page()
    for name, path in page_types.items():
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        picture = PICTURES / f"{name}-{width}-{scheme}.png"
        page.screenshot(path=picture)
        assert picture.stat().st_size > 5000, name
    context.close()
