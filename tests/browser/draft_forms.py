"""Type into the form of an article, and see what stands in it."""

import re

from playwright.sync_api import expect

KEPT = re.compile("Draft kept")


def kept(page) -> None:
    """Wait until what was typed is on the server."""
    expect(page.locator(".draft-kept")).to_have_text(KEPT)


def fits(part, viewport) -> bool:
    """Whether all of it is within the width of the window."""
    found = part.bounding_box()
    return found["x"] >= 0 and found["x"] + found["width"] <= viewport["width"]


def body_of(page):
    return page.locator("#id_body")


def text_of(page):
    return page.locator(".ProseMirror")


def type_on(page, words: str) -> None:
    """Type behind the text of the article."""
    text_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def add_citation(page, row: int, title: str) -> None:
    page.get_by_text("Add another Citation").click()
    page.locator(f"#id_citations-{row}-title").fill(title)
    page.locator(f"#id_citations-{row}-publisher").fill("SAMHSA")
    page.locator(f"#id_citations-{row}-url").fill("https://www.samhsa.gov/")


def write(page) -> None:
    page.get_by_label("Title:").fill("Typed for an hour")
    page.get_by_label("Summary:").fill("What nobody wants to type twice.")
    type_on(page, "A long text.")
    page.get_by_label("Language:").select_option("es")
    page.get_by_label("Readers may comment").set_checked(not page.get_by_label("Readers may comment").is_checked())
    page.locator("#id_topics_from").select_option(label="Topic of drafts")
    page.locator("#id_topics_add").click()
    add_citation(page, 0, "One source")
    add_citation(page, 1, "Another source")


def expect_written(page, comments_open: bool) -> None:
    expect(page.get_by_label("Title:")).to_have_value("Typed for an hour")
    expect(page.get_by_label("Slug:")).to_have_value("typed-for-an-hour")
    expect(page.get_by_label("Summary:")).to_have_value("What nobody wants to type twice.")
    expect(body_of(page)).to_have_value("<p>A long text.</p>")
    expect(text_of(page)).to_be_visible()
    expect(text_of(page)).to_have_text("A long text.")
    expect(page.get_by_label("Language:")).to_have_value("es")
    expect(page.get_by_label("Readers may comment")).to_be_checked(checked=comments_open)
    expect(page.locator("#id_topics_to option")).to_have_text(["Topic of drafts"])
    expect(page.locator("#id_citations-0-title")).to_have_value("One source")
    expect(page.locator("#id_citations-1-title")).to_have_value("Another source")
    expect(page.locator("#id_citations-1-publisher")).to_have_value("SAMHSA")
