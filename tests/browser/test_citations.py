"""The sources of an article in a real browser: each row is seen whole and kept, on a phone and on a laptop."""

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, run_on
from tests.browser.follow import follow

PHONE, LAPTOP = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
LABELS = ("Title", "Publisher", "URL", "Accessed on", "Position")
ENDS_IN_ITS_CELL = "box => box.getBoundingClientRect().right <= box.closest('td').getBoundingClientRect().right"
MAKE_DRAFT = """
from articles.models import Article, Citation
article = Article.objects.create(title=data, slug=data.lower().replace(" ", "-"), summary="s", body="<p>x</p>")
Citation.objects.create(article=article, title="Treatment", publisher="NIDA", url="https://nida.nih.gov/")
print(article.pk)
"""


@pytest.fixture
def open_draft(new_page, site):
    """open_draft(name, size) -> the page of a draft with one source, and its address."""

    def open_one(name: str, size: dict):
        pk = run_on(site, MAKE_DRAFT, name).strip()
        make_editor(site, name, "writer")
        page = new_page(java_script_enabled=True, viewport=size)
        log_in(page, name)
        page.goto(f"/admin/articles/article/{pk}/change/")
        return page, pk

    return open_one


def rows_seen(page):
    return page.locator("#citations-group tr.form-row:visible")


def sources(site, pk: str) -> list[tuple]:
    return site.rows(
        "SELECT title, publisher, url FROM articles_citation WHERE article_id = %s ORDER BY position, id", pk
    )


def test_on_a_phone_what_is_typed_into_the_last_row_that_is_seen_is_kept(open_draft, site):
    page, pk = open_draft("phone last row", PHONE)
    last = rows_seen(page).last
    last.get_by_label("Title").fill("Typed on a phone")
    follow(page.get_by_role("button", name="Save and continue editing"))
    assert [title for title, *_others in sources(site, pk)] == ["Typed on a phone"]
    page.reload()
    expect(rows_seen(page).last.get_by_label("Title")).to_have_value("Typed on a phone")


def test_on_a_phone_a_source_is_added_and_its_address_completed(open_draft, site):
    page, pk = open_draft("phone new row", PHONE)
    expect(rows_seen(page)).to_have_count(1)
    page.get_by_text("Add another Citation").click()
    expect(rows_seen(page)).to_have_count(2)
    for label, words in (("Title", "A new one"), ("Publisher", "SAMHSA"), ("URL", "www.samhsa.gov/x")):
        rows_seen(page).last.get_by_label(label).fill(words)
    follow(page.get_by_role("button", name="Save and continue editing"))
    assert sources(site, pk)[1:] == [("A new one", "SAMHSA", "https://www.samhsa.gov/x")]


def test_on_a_phone_each_box_of_a_source_says_what_it_is_for(open_draft, site):
    page, _pk = open_draft("phone labels", PHONE)
    cells = rows_seen(page).first.locator("td:has(input:visible)")
    shown = cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
    assert [words.strip('"') for words in shown] == [*LABELS, "Delete?"]
    for label in LABELS:
        box = rows_seen(page).first.get_by_label(label, exact=True).bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= PHONE["width"], label
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_on_a_laptop_the_table_of_sources_fits_its_box(open_draft):
    page, _pk = open_draft("laptop", LAPTOP)
    table, box = page.locator("#citations-group table"), page.locator("#citations-group fieldset")
    assert table.bounding_box()["width"] <= box.bounding_box()["width"]
    for label in LABELS:
        cell = rows_seen(page).first.get_by_label(label, exact=True)
        assert cell.evaluate(ENDS_IN_ITS_CELL), label
