"""What hands do next: press any button of the editor and type on, go back, save. Nothing that was there is gone."""

import re

import pytest
from playwright.sync_api import expect

from articles import markup
from tests.browser.article_rows import log_in, make_editor
from tests.browser.follow import follow
from tests.browser.test_editor import photograph, until

LAPTOP = {"width": 1280, "height": 900}
SMALL_PHONE = {"width": 360, "height": 640}
NEW = "/admin/articles/article/add/"
# Each button of the menu, with the thing that stands in the text then; None: it makes none.
BUTTONS = {
    "Paragraph": "p",
    "Heading": "h2",
    "Small heading": "h3",
    "Bold": "strong",
    "Italic": "em",
    "List": "ul li",
    "Numbers": "ol li",
    "Quote": "blockquote",
    "Call-out": "aside",
    "Link": "a[href='/find/detox/']",
    "No link": None,
    "Picture": "figure img[src^='/pictures/'][alt='An open door']",
    "Table": "table th",
    "Clinics": "directory-block[preset='detox']",
    "Rule": "rule-block[rule='three-day-rule']",
    "Undo": None,
    "Redo": None,
}
SELECTED_WHOLE = ["Picture", "Clinics", "Rule"]


def answer(page, button: str) -> None:
    """Press a button of the menu and answer what it asks for."""
    page.get_by_role("toolbar", name="Formatting").get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    if button == "Link":
        dialog.get_by_label("Address").fill("/find/detox/")
    elif button == "Picture":
        dialog.get_by_label("File").set_input_files(photograph("door.jpg"))
        dialog.get_by_label("What it shows").fill("An open door")
    elif button == "Table":
        dialog.get_by_label("Caption").fill("What opens when")
    elif button == "Clinics":
        dialog.get_by_label("Which clinics?").select_option("detox")
    elif button == "Rule":
        dialog.get_by_label("Which rule?").select_option("three-day-rule")
    if button in ("Link", "Picture", "Table", "Clinics", "Rule"):
        dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".ProseMirror")).to_be_focused()


def move(page, keys: str) -> None:
    """Move the caret or the end of what is selected, as the browser and not the editor does.

    The browser tells the editor of it with the next frame. No hand presses its next key before that.
    """
    page.keyboard.press(keys)
    page.evaluate("new Promise(requestAnimationFrame)")


def begin(page, title: str):
    """A new article whose text begins with a word. Returns the text."""
    page.goto("/admin/articles/article/")  # from there the form is empty: a reload brings back what was typed in it
    page.goto(NEW)
    page.get_by_label("Title:").fill(title)
    page.get_by_label("Summary:").fill("What to do in the first week.")
    text = page.locator(".ProseMirror")
    text.click()
    page.keyboard.type("Before ")
    return text


def saved(page, site, title: str) -> str:
    """Save, and return the text as it is stored."""
    follow(page.get_by_role("button", name="Save and continue editing"))
    [[body]] = site.rows("SELECT body FROM articles_article WHERE title = %s", title)
    return body


@pytest.fixture(scope="module")
def session(chromium, site):
    """The cookies of a writer who is logged in."""
    make_editor(site, "hands", "writer")
    context = chromium.new_context(base_url=site.url)
    log_in(context.new_page(), "hands")
    yield context.storage_state()
    context.close()


@pytest.fixture
def page(new_page, site, session):
    """The page of one writer who has typed nothing yet, at the width of a laptop; no script of it fails."""
    site.rows("DELETE FROM core_formdraft RETURNING id")
    page, problems = new_page(java_script_enabled=True, viewport=LAPTOP, storage_state=session), []

    def note(message):
        if message.type == "error" and "status of 403" not in message.text:
            problems.append(message.text)

    page.on("console", note)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    assert problems == []


def test_the_list_of_buttons_is_the_menu(page):
    page.goto(NEW)
    buttons = page.get_by_role("toolbar", name="Formatting").get_by_role("button")
    assert buttons.all_text_contents() == list(BUTTONS)


@pytest.mark.parametrize("button", BUTTONS)
def test_a_letter_after_any_button_replaces_nothing(page, site, button):
    title = f"Typed after {button}"
    text = begin(page, title)
    answer(page, button)
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    page.keyboard.type("y")
    if BUTTONS[button]:
        expect(text.locator(BUTTONS[button]).first).to_be_visible()
    expect(text).to_contain_text("y")
    words = markup.paragraphs_of(saved(page, site, title))
    assert words[-2].endswith("x")
    assert words[-1] == "y"
    if button != "Undo":
        assert words[0].startswith("Before")
    if BUTTONS[button]:
        expect(page.locator(".ProseMirror").locator(BUTTONS[button]).first).to_be_visible()


@pytest.mark.parametrize("button", SELECTED_WHOLE)
def test_what_is_selected_as_a_whole_is_not_replaced_by_a_letter(page, site, button):
    title = f"Selected {button}"
    text = begin(page, title)
    answer(page, button)
    thing = text.locator(BUTTONS[button])
    for key, x in (("x", 20), ("Enter", 60)):  # not twice at the same place, which would be a double click
        thing.click(position={"x": x, "y": 10})
        expect(text.locator(".ProseMirror-selectednode")).to_have_count(1)
        page.keyboard.press(key)
        expect(text.locator(".ProseMirror-selectednode")).to_have_count(0)
    page.keyboard.type("y")
    expect(thing).to_have_count(1)
    body = saved(page, site, title)
    assert sorted(markup.paragraphs_of(body)) == ["Before", "x", "y"]
    expect(page.locator(".ProseMirror").locator(BUTTONS[button])).to_have_count(1)


def test_words_that_are_selected_stay_when_something_is_inserted(page, site):
    begin(page, "Selected words")
    page.keyboard.press("Control+a")
    answer(page, "Picture")
    page.keyboard.type("after")
    body = saved(page, site, "Selected words")
    assert re.fullmatch(
        r'<p>Before </p><figure><img src="/pictures/\S+" alt="An open door"></figure><p>after</p>', body
    )


def test_a_block_in_the_middle_of_a_sentence_parts_it(page, site):
    begin(page, "In the middle")
    page.keyboard.type("and after")
    for _letter in "and after":
        page.keyboard.press("ArrowLeft")
    answer(page, "Clinics")
    page.keyboard.type("x ")
    assert saved(page, site, "In the middle") == (
        '<p>Before </p><directory-block preset="detox"></directory-block><p>x and after</p>'
    )


def test_a_picture_in_a_list_stays_in_its_item(page, site):
    begin(page, "In a list")
    answer(page, "List")
    answer(page, "Clinics")
    page.keyboard.type("x")
    assert saved(page, site, "In a list") == (
        '<ul><li><p>Before </p><directory-block preset="detox"></directory-block><p>x</p></li></ul>'
    )


def test_what_is_copied_in_the_editor_is_pasted_whole(page, site):
    text = begin(page, "Copied")
    answer(page, "Clinics")
    answer(page, "Table")
    page.keyboard.type("Day")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+a")  # the first takes the cell, the second all
    page.keyboard.press("Control+c")
    move(page, "Control+End")
    page.keyboard.press("Control+v")
    expect(text.locator("directory-block")).to_have_count(2)
    body = saved(page, site, "Copied")
    assert body.count("<table><caption>What opens when</caption>") == 2
    assert body.count("<th>") == 4


def test_after_a_link_the_next_letter_is_no_part_of_it(page, site):
    text = begin(page, "A link")
    move(page, "Shift+Home")
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Link")).to_be_visible()
    dialog.get_by_label("Address").fill("/find/detox/")
    dialog.get_by_role("button", name="Insert").click()
    expect(text).to_be_focused()
    page.keyboard.type("now")
    assert saved(page, site, "A link") == '<p><a href="/find/detox/">Before </a>now</p>'


def test_a_table_is_made_and_changed_with_the_keyboard(page, site):
    text = begin(page, "A table")
    answer(page, "Table")
    for word in ("Day", "Dose", "1", "8 mg", "2", "16 mg"):
        page.keyboard.type(word)
        page.keyboard.press("Tab")  # after the last cell it makes a row
    expect(text.locator("tr")).to_have_count(4)
    tools = page.get_by_role("toolbar", name="Table", exact=True)
    tools.get_by_role("button", name="Remove row").click()
    tools.get_by_role("button", name="Column after").click()
    expect(text.locator("th")).to_have_count(3)
    tools.get_by_role("button", name="Remove column").click()
    expect(text.locator("th")).to_have_count(2)
    tools.get_by_role("button", name="Caption").click()
    page.get_by_role("dialog").get_by_label("What the table shows").fill("The first days")
    page.get_by_role("dialog").get_by_role("button", name="Insert").click()
    expect(text.locator("caption")).to_have_text("The first days")
    page.keyboard.press("Control+End")
    body = saved(page, site, "A table")
    assert markup.paragraphs_of(body)[:3] == ["Before", "The first days", "Day"]
    assert body.count("<tr>") == 3
    expect(page.locator(".ProseMirror caption")).to_have_text("The first days")


def test_a_form_whose_cookie_is_gone_is_saved_all_the_same(page, site):
    begin(page, "Without its cookie")
    page.context.clear_cookies(name="csrftoken")
    assert saved(page, site, "Without its cookie") == "<p>Before </p>"


def test_back_after_a_refused_form_shows_the_text_again(page, site):
    """The browser refills the hidden field of the form after the editor has started."""
    text = begin(page, "Refused")
    page.keyboard.type("typed for an hour")
    page.evaluate("document.querySelector('#article_form [name=csrfmiddlewaretoken]').remove()")
    follow(page.get_by_role("button", name="Save and continue editing"))
    expect(page.get_by_role("heading", name="That form could not be accepted")).to_be_visible()
    page.go_back()
    expect(text).to_contain_text("Before typed for an hour")
    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("!")
    expect(page.locator("#id_body")).to_have_value("<p>Before typed for an hour!</p>")


def test_a_text_that_comes_back_from_a_draft_is_shown(page):
    text = begin(page, "A draft")
    page.evaluate("""() => {
        const textarea = document.querySelector("#id_body")
        textarea.value = '<p>From yesterday</p><directory-block preset="detox"></directory-block>'
        textarea.dispatchEvent(new CustomEvent("draft:restored"))
    }""")
    expect(text).to_contain_text("From yesterday")
    expect(text.locator("directory-block")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(text).to_contain_text("Before")


def test_on_a_small_phone_the_menu_leaves_the_text_in_sight(page):
    page.set_viewport_size(SMALL_PHONE)
    text = begin(page, "A phone")
    for number in range(30):
        page.keyboard.type(f"{number}")
        page.keyboard.press("Enter")
    page.keyboard.type("last")
    menu = page.locator(".article-menu").bounding_box()
    line = text.locator("p", has_text="last").bounding_box()
    assert menu["y"] >= 0  # it stays in sight beside a long text
    assert menu["height"] < SMALL_PHONE["height"] / 5
    assert menu["y"] + menu["height"] <= line["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]


def test_the_arrow_keys_go_along_the_buttons(page):
    page.goto(NEW)
    bar = page.get_by_role("toolbar", name="Formatting")
    bar.get_by_role("button", name="Paragraph").focus()
    page.keyboard.press("ArrowRight")
    expect(bar.get_by_role("button", name="Heading", exact=True)).to_be_focused()
    page.keyboard.press("End")
    expect(bar.get_by_role("button", name="Redo")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".ProseMirror")).to_be_focused()


WIDE = (
    "<p>A</p><table><caption>Who may prescribe</caption><tbody><tr>{}</tr><tr>{}</tr></tbody></table><p>B</p>"
).format("<th>Buprenorphine</th>" * 7, "<td>every clinician</td>" * 7)


def test_a_wide_table_scrolls_in_its_own_box_on_a_phone(new_page, site):
    [[slug, before]] = site.rows(
        "SELECT slug, body FROM articles_article WHERE status = 'published' AND language = 'en' ORDER BY id LIMIT 1"
    )
    site.rows("UPDATE articles_article SET body = %s WHERE slug = %s RETURNING id", WIDE, slug)
    try:
        page = new_page(viewport=SMALL_PHONE, java_script_enabled=True)
        page.goto(f"/articles/{slug}/")
        box = page.get_by_role("region", name="Who may prescribe")
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
        box.focus()
        page.keyboard.press("ArrowRight")
        until(lambda: box.evaluate("box => box.scrollLeft") > 0)
        assert box.get_by_role("columnheader").count() == 7
    finally:
        site.rows("UPDATE articles_article SET body = %s WHERE slug = %s RETURNING id", before, slug)
