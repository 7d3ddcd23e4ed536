"""What other programs put on the clipboard, pasted into the editor of articles with the keyboard and saved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from articles import markup
from tests.browser.article_rows import log_in, make_editor
from tests.browser.follow import follow

FOLDER = Path(__file__).parents[1] / "data" / "clipboard"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.html") if ".expected" not in path.name)
LAPTOP = {"width": 1280, "height": 900}
# Chromium cleans what a page writes by itself; what a page adds to a copy that somebody makes is taken as it is.
COPY = """html => document.addEventListener("copy", event => {
    event.clipboardData.setData("text/html", html)
    event.preventDefault()
}, {once: true})"""


def sample(name: str, origin: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8").replace("{origin}", origin)


def expected(name: str) -> tuple[str, str]:
    """(what the editor says it left out, the text as it is stored). The file has one element a line."""
    said, *lines = (FOLDER / f"{name}.expected.html").read_text(encoding="utf-8").splitlines()
    return re.fullmatch(r"<!-- ?(.*?) ?-->", said)[1], "".join(lines)


def copy(page, html: str) -> None:
    """Put it on the clipboard of the browser as another program does."""
    page.evaluate(COPY, html)
    page.keyboard.press("Control+c")


@pytest.fixture(scope="module")
def desk(chromium, site):
    """(page with the editor, page of another program, errors of the console), in one browser with one clipboard."""
    make_editor(site, "paster", "writer")
    allowed = ["clipboard-read", "clipboard-write"]
    context = chromium.new_context(base_url=site.url, viewport=LAPTOP, permissions=allowed)
    page, elsewhere = context.new_page(), context.new_page()
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    elsewhere.goto("/")
    log_in(page, "paster")
    yield page, elsewhere, errors
    context.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_pasted_keeps_its_meaning_on_the_page_and_when_saved(desk, site, name):
    page, elsewhere, errors = desk
    errors.clear()
    elsewhere.bring_to_front()
    copy(elsewhere, sample(name, site.url))
    page.bring_to_front()
    page.goto("/admin/articles/article/add/")
    page.get_by_label("Title:").fill(f"Pasted {name}")
    page.get_by_label("Summary:").fill("As it was pasted.")
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+v")
    said, stored = expected(name)
    expect(page.locator(".article-menu [role=status]")).to_have_text(said)
    page.keyboard.press("Control+End")
    page.keyboard.type("X")
    expect(page.locator(".ProseMirror")).to_contain_text("X")
    written = page.locator("#id_body").input_value()
    assert markup.clean(written) == written, "the server would change what the editor shows"
    page.keyboard.press("Backspace")
    follow(page.get_by_role("button", name="Save and continue editing"))
    [[body]] = site.rows("SELECT body FROM articles_article WHERE title = %s", f"Pasted {name}")
    assert body == stored
    # The picture of one sample is not on this site. Nothing else is asked for, and nothing breaks the site's policy.
    assert [error for error in errors if "404 (Not Found)" not in error] == []
