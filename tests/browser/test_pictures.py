"""Makes screenshots of every type of page in var/pictures/, for people to look at; each must show something.

`make test` takes the top of each page; `make test-deep` takes all of it, which costs a browser ten times as much.
"""

import struct
import zlib

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.stack import ALL_PAGES
from tests.depth import tries

PICTURES = settings.VAR_DIR / "pictures"
WIDTHS = (360, 1280)
WHOLE_PAGES = bool(tries(suite=0, deep=1))
SHADES_OF_LETTERS = 40  # smooth edges alone give more; a blank page has a handful


@pytest.mark.deep
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
            page.screenshot(path=picture, full_page=WHOLE_PAGES)
            assert shades(picture.read_bytes()) > SHADES_OF_LETTERS, picture.name


def test_a_blank_page_is_recognized(new_page):
    page = new_page()
    assert shades(page.screenshot()) < 10
    page.set_content("<h1>A few words are enough</h1>")
    assert shades(page.screenshot()) > SHADES_OF_LETTERS


def shades(png: bytes) -> int:
    """How many different bytes the lines of a PNG have. It stores each line as the difference from the one above."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    position, packed = 8, b""
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        if png[position + 4 : position + 8] == b"IDAT":
            packed += png[position + 8 : position + 8 + length]
        position += length + 12
    return len(set(zlib.decompress(packed)))
