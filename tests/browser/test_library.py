"""Pictures of an article, by an editor in a real browser: from the library, a file, the clipboard, and by dragging."""

import base64
import io
import itertools

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor
from tests.browser.follow import follow

LAPTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 640}
EXPECTED = ("400 (Bad Request)", "net::ERR_FAILED")  # what the browser logs of refused and of lost uploads
COLOURS = itertools.count(1)
COPY_PICTURE = """async data => {
    const blob = await (await fetch(data)).blob()
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })])
}"""
DROP = """(text, [name, type, data]) => {
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0))
    const files = new DataTransfer()
    files.items.add(new File([bytes], name, { type }))
    const line = text.querySelector("p:last-of-type").getBoundingClientRect()
    const where = { clientX: line.right - 2, clientY: line.top + line.height / 2, bubbles: true, cancelable: true }
    const left = text.dispatchEvent(new DragEvent("drop", { dataTransfer: files, ...where }))
    return left  // whether the browser would open the file instead of the page
}"""


def picture(kind="PNG") -> bytes:
    """Another picture each time: the same one would be that of the library."""
    out = io.BytesIO()
    Image.new("RGB", (900, 600), (next(COLOURS) * 20 % 256, 120, 90)).save(out, kind)
    return out.getvalue()


def file(name="door.png") -> dict:
    return {"name": name, "mimeType": "image/png", "buffer": picture()}


@pytest.fixture(scope="module")
def writer(site):
    make_editor(site, "writer of pictures", "writer")
    return "writer of pictures"


@pytest.fixture
def page(new_page, site, writer):
    site.rows("DELETE FROM core_formdraft RETURNING id")
    page = new_page(java_script_enabled=True, viewport=LAPTOP, permissions=["clipboard-read", "clipboard-write"])
    problems = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, writer)
    begin(page)
    yield page
    assert [text for text in problems if not any(each in text for each in EXPECTED)] == []


def begin(page) -> None:
    """A new article. By another page: whoever asks for the same page again finds there what was typed."""
    page.goto("/admin/articles/article/")
    follow(page.get_by_role("link", name="Add article"))
    text = page.locator(".ProseMirror")
    text.click()
    page.keyboard.type("First line")
    expect(text).to_be_focused()


def dialog_of(page):
    return page.get_by_role("dialog")


def open_dialog(page):
    page.get_by_role("button", name="Picture", exact=True).click()
    return dialog_of(page)


def alt_of(page):
    return dialog_of(page).get_by_label("What it shows")


def finish(page, button="Insert") -> None:
    dialog_of(page).get_by_role("button", name=button, exact=True).click()
    expect(dialog_of(page)).to_have_count(0)


def add_file(page, alt: str, credit="") -> None:
    dialog = open_dialog(page)
    dialog.get_by_label("File").set_input_files(file())
    dialog.get_by_label("Who owns the picture").fill(credit)
    alt_of(page).fill(alt)
    finish(page)


def pictures(page) -> list[str]:
    return [each.get_attribute("alt") for each in page.locator(".ProseMirror img[src]").all()]


def stored(page) -> str:
    return page.locator("textarea[name=body]").input_value()


def save(page, title: str) -> None:
    page.get_by_label("Title:").fill(title)
    page.get_by_label("Summary:").fill("s")
    follow(page.get_by_role("button", name="Save and continue editing"))


def test_a_picture_of_the_library_is_found_and_inserted_with_the_keys_alone(page):
    add_file(page, "A red door by the sea", "Jo Doe, CC0")
    begin(page)
    dialog = open_dialog(page)
    search = dialog.get_by_label("Search the library")
    expect(search).to_be_focused()
    page.keyboard.type("jo sea")
    choice = dialog.get_by_role("radio")
    expect(choice).to_have_count(1)
    expect(choice).to_have_accessible_name("A red door by the sea Jo Doe, CC0 · in 0 articles")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(alt_of(page)).to_have_value("A red door by the sea")
    page.keyboard.press("Enter")
    expect(dialog_of(page)).to_have_count(0)
    page.keyboard.type("Last line")
    assert pictures(page) == ["A red door by the sea"]
    assert stored(page).endswith("<p>Last line</p>")
    save(page, "From the library")
    assert pictures(page) == ["A red door by the sea"]


def test_words_that_no_picture_has_are_said(page):
    dialog = open_dialog(page)
    dialog.get_by_label("Search the library").fill("zebra crossing")
    expect(dialog.get_by_role("status")).to_have_text("No picture has these words.")
    page.keyboard.press("Escape")
    expect(page.locator(".ProseMirror")).to_be_focused()
    assert stored(page) == "<p>First line</p>"


def test_the_alternative_text_of_a_picture_in_the_text_is_mended_and_kept(page):
    add_file(page, "A dore")
    page.locator(".ProseMirror img[src]").click()
    open_dialog(page)
    expect(alt_of(page)).to_have_value("A dore")
    alt_of(page).fill("An open door")
    finish(page, "Save")
    assert pictures(page) == ["An open door"]
    save(page, "Mended words")
    page.reload()
    assert pictures(page) == ["An open door"]


def test_a_picture_in_the_text_is_replaced_by_another_one(page):
    add_file(page, "A door")
    before = page.locator(".ProseMirror img[src]").get_attribute("src")
    page.locator(".ProseMirror img[src]").click()
    open_dialog(page).get_by_label("File").set_input_files(file())
    alt_of(page).fill("A window")
    finish(page, "Save")
    assert pictures(page) == ["A window"]
    assert page.locator(".ProseMirror img[src]").get_attribute("src") != before


def test_a_picture_of_the_clipboard_is_asked_about_and_inserted_where_the_caret_stands(page):
    data = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    # The policy of the site forbids this page to fetch data; any other page of this browser may copy it.
    copier = page.context.new_page()
    copier.goto("/robots.txt")
    copier.evaluate(COPY_PICTURE.replace("await (await fetch(data)).blob()", FROM_DATA), data)
    copier.close()
    page.bring_to_front()
    page.locator(".ProseMirror").focus()
    page.keyboard.press("Control+v")
    expect(dialog_of(page)).to_be_visible()
    dialog_of(page).get_by_role("button", name="Insert").click()
    expect(dialog_of(page).get_by_role("alert")).to_contain_text("alternative text")
    alt_of(page).fill("A door, pasted")
    finish(page)
    page.keyboard.type("Last line")
    assert pictures(page) == ["A door, pasted"]
    assert stored(page).startswith("<p>First line</p><figure>")
    assert stored(page).endswith("<p>Last line</p>")


FROM_DATA = "new Blob([Uint8Array.from(atob(data.split(',')[1]), l => l.charCodeAt(0))], { type: 'image/png' })"


def drop(page, name: str, kind: str, data: bytes) -> bool:
    return page.locator(".ProseMirror").evaluate(DROP, [name, kind, base64.b64encode(data).decode()])


def test_a_picture_that_is_dragged_onto_the_text_is_asked_about_and_inserted_there(page):
    page.keyboard.press("Enter")
    page.keyboard.type("Second line")
    page.keyboard.press("Control+Home")
    assert drop(page, "door.png", "image/png", picture()) is False
    alt_of(page).fill("A door, dragged")
    finish(page)
    page.keyboard.type("Last line")
    assert pictures(page) == ["A door, dragged"]
    assert stored(page).startswith("<p>First line</p><p>Second line</p><figure>")
    assert stored(page).endswith("<p>Last line</p>")


def test_a_dragged_file_that_is_no_picture_is_refused_with_a_sentence_and_the_page_stays(page):
    assert drop(page, "notes.pdf", "application/pdf", b"%PDF-1.7") is False
    alt_of(page).fill("Notes")
    dialog_of(page).get_by_role("button", name="Insert").click()
    expect(dialog_of(page).get_by_role("alert")).to_contain_text("not a picture we can read")
    dialog_of(page).get_by_role("button", name="Cancel").click()
    assert stored(page) == "<p>First line</p>"


def test_an_upload_that_the_network_loses_is_said_and_can_be_sent_again(page):
    dialog = open_dialog(page)
    dialog.get_by_label("File").set_input_files(file())
    alt_of(page).fill("A door, late")
    page.route("**/picture/upload/", lambda route: route.abort())
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    page.unroute("**/picture/upload/")
    finish(page)
    assert pictures(page) == ["A door, late"]


def test_the_picture_at_the_top_is_chosen_from_the_library_and_taken_away_again(page):
    add_file(page, "A door for the top")
    begin(page)
    page.get_by_role("button", name="Choose a picture").click()
    dialog_of(page).get_by_label("Search the library").fill("for the top")
    dialog_of(page).get_by_role("radio", name="A door for the top").check()
    finish(page)
    expect(page.locator(".chosen-picture")).to_contain_text("A door for the top")
    save(page, "With a picture at the top")
    expect(page.locator(".chosen-picture")).to_contain_text("A door for the top")
    assert page.locator(".chosen-picture img").evaluate("image => image.naturalWidth") == 640
    page.get_by_role("button", name="No picture").click()
    follow(page.get_by_role("button", name="Save and continue editing"))
    expect(page.locator(".chosen-picture")).to_contain_text("None")


def test_a_new_file_becomes_the_picture_at_the_top(page):
    page.get_by_role("button", name="Choose a picture").click()
    dialog_of(page).get_by_label("File").set_input_files(file())
    alt_of(page).fill("A new door")
    finish(page)
    expect(page.locator(".chosen-picture")).to_contain_text("A new door")
    save(page, "With a new picture at the top")
    expect(page.locator(".chosen-picture")).to_contain_text("A new door")


def test_a_click_on_a_picture_says_what_matters_in_it(page, site):
    add_file(page, "A door to the left")
    [[pk]] = site.rows("SELECT id FROM articles_picture WHERE alt = 'A door to the left'")
    page.goto(f"/admin/articles/picture/{pk}/change/")
    shown = page.locator(".focus-picture")
    box = shown.bounding_box()
    shown.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.9})
    follow(page.get_by_role("button", name="Save and continue editing"))
    [[x, y]] = site.rows("SELECT focus_x, focus_y FROM articles_picture WHERE id = %s", pk)
    assert (abs(x - 10) <= 1, abs(y - 90) <= 1) == (True, True)
    mark, box = page.locator(".focus-mark").bounding_box(), shown.bounding_box()
    assert abs(mark["x"] + mark["width"] / 2 - box["x"] - box["width"] * 0.1) < 8


def test_the_dialog_fits_a_phone(page):
    page.set_viewport_size(PHONE)
    box = open_dialog(page).bounding_box()
    assert (box["x"] >= 0, box["x"] + box["width"] <= 360, box["height"] <= 640) == (True, True, True)
    assert dialog_of(page).evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
