"""Links in the text of an article, set by an editor in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, run_on
from tests.browser.follow import follow

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
MAKE_TOPIC = """
from articles.models import Topic
Topic.objects.get_or_create(slug="fentanyl", defaults={"name": "Fentanyl", "name_es": "Fentanilo"})
"""


@pytest.fixture(scope="module")
def writer(site):
    run_on(site, MAKE_TOPIC, None)
    make_editor(site, "writer of links", "writer")
    return "writer of links"


@pytest.fixture
def page(new_page, writer):
    page = new_page(java_script_enabled=True, viewport=LAPTOP)
    problems = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, writer)
    page.goto("/admin/articles/article/add/")
    text = page.locator(".ProseMirror")
    text.click()
    page.keyboard.type("Read this ")
    expect(text).to_be_focused()
    yield page
    assert problems == []


def dialog_of(page, by="Link"):
    page.get_by_role("button", name=by, exact=True).click()
    return page.get_by_role("dialog")


def address(page):
    return page.get_by_role("dialog").get_by_label("Address")


def links(page) -> list[tuple[str, str]]:
    found = page.locator(".ProseMirror a")
    return [(each.get_attribute("href"), each.text_content()) for each in found.all()]


def stored(page) -> str:
    return page.locator("textarea[name=body]").input_value()


def test_a_page_of_the_site_is_found_by_its_words_and_its_title_becomes_the_link(page):
    dialog = dialog_of(page)
    expect(dialog.get_by_role("button", name="Methadone clinics")).to_be_visible()  # before anything is typed
    address(page).fill("fentanyl")
    dialog.get_by_role("button", name="Fentanyl topic").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.type(" and go on")
    assert links(page) == [("/articles/topics/fentanyl/", "Fentanyl")]
    expect(page.locator(".ProseMirror p").first).to_have_text("Read this Fentanyl and go on")


def test_the_chooser_is_worked_with_the_keys_alone_in_the_language_of_the_article(page):
    page.get_by_label("Language:").select_option("es")
    page.locator(".ProseMirror").focus()
    page.keyboard.press("Control+k")
    expect(address(page)).to_be_focused()
    page.keyboard.type("fentanilo")
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert links(page) == [("/es/articles/topics/fentanyl/", "Fentanilo")]


def test_an_address_without_https_is_completed_on_the_selected_words(page):
    page.keyboard.press("Shift+Home")
    dialog_of(page)
    address(page).fill("www.samhsa.gov")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.type("and go on")
    assert links(page) == [("https://www.samhsa.gov", "Read this ")]
    assert "</a>and go on" in stored(page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("find/x", "half an address"), ("javascript:alert(1)", "cannot begin with"), ("", "Give the link")],
)
def test_what_is_no_address_is_refused_with_a_sentence_and_can_be_mended(page, typed, said):
    dialog = dialog_of(page)
    address(page).fill(typed)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text(said)
    assert links(page) == []
    address(page).fill("example.org/x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert links(page) == [("https://example.org/x", "https://example.org/x")]


def test_a_link_is_opened_again_with_its_address_and_changed(page):
    dialog_of(page)
    address(page).fill("example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    dialog_of(page)
    expect(address(page)).to_have_value("https://example.org")
    address(page).fill("/find/detox/")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert links(page) == [("/find/detox/", "https://example.org")]


def test_the_dialog_fits_a_phone_and_escape_leaves_the_text_as_it_was(page):
    before = stored(page)
    page.set_viewport_size(PHONE)
    box = dialog_of(page).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert box["height"] <= PHONE["height"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".ProseMirror")).to_be_focused()
    assert stored(page) == before


def test_a_link_that_was_pasted_without_a_scheme_is_completed_by_saving(page):
    page.get_by_label("Title:").fill("A link to complete")
    page.get_by_label("Summary:").fill("s")
    page.locator("textarea[name=body]").evaluate("area => { area.value = '<p><a href=\"www.samhsa.gov\">x</a></p>' }")
    follow(page.get_by_role("button", name="Save and continue editing"))
    assert links(page) == [("https://www.samhsa.gov", "x")]
