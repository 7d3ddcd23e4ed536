"""It is 23:40, I used this morning, I have no insurance: what a phone shows step by step, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.bench.sweep import links
from tests.browser.night import ZIP_CODE, walk

STEPS = [
    *("home", "list", "used-today", "clinics", "without-insurance", "telehealth", "pharmacies", "emergency", "lines"),
]
# What the person must be told at a step, in both languages.
SAYS = {
    "list": (r"Big Timber", r"Big Timber"),
    "used-today": (r"naloxone within their reach", r"naloxona"),
    "clinics": (r"Call a clinic", r"Llame a una clínica"),
    "without-insurance": (r"Sliding scale", r"ingresos"),
    "telehealth": (r"treat people in Montana by phone or video", r"Montana por teléfono o video"),
    "pharmacies": (r"Call first", r"Llame antes"),
    "emergency": (r"I am in opioid withdrawal, and I want to start treatment", r"abstinencia"),
    "lines": (r"SAMHSA helpline", r"SAMHSA"),
}
DOSE = re.compile(r"\d\s?(mg|mcg|ml|milligrams?|micrograms?|miligramos?|microgramos?)\b", re.IGNORECASE)
RUNGS = ("used-today", "clinics", "telehealth", "emergency", "lines")


@pytest.mark.parametrize(("language", "prefix"), [(0, "/"), (1, "/es/")])
def test_no_step_of_the_night_is_a_dead_end_and_none_tells_a_dose(new_page, language, prefix):
    page, seen = new_page(), []
    for step in walk(page, prefix):
        seen.append(step)
        text, html = page.locator("body").inner_text(), page.content()
        assert not DOSE.search(text), step
        expect(page.locator("a[href='tel:911']").first).to_be_visible()
        own = [href for href in links(html) if not href.startswith("http")]
        onward = {href for href in own if not href.startswith(("tel:", "#"))}
        assert len(onward) >= 2, f"{step} leads nowhere"
        if step != "home":
            assert any(href.startswith("tel:") for href in own), f"{step} has nobody to call"
        if step in SAYS:
            assert re.search(SAYS[step][language], text), step
        if step in RUNGS:
            expect(page.locator(f"#{step} > h2")).to_be_in_viewport()
        if step != "home":
            assert f"near={ZIP_CODE}" in page.url
    assert seen == STEPS


def test_the_night_is_in_the_address_alone(new_page, site):
    """Neither a cookie nor the title of the tab says what was asked for."""
    page = new_page()
    for _step in walk(page, "/"):
        assert page.context.cookies() == []
        assert ZIP_CODE not in page.title()
