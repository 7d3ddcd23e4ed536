"""What only a browser has of the text of a form: it is not lost, and not left for whoever sits down next."""

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, run_on
from tests.browser.follow import follow

LAPTOP = {"width": 1280, "height": 900}
KEPT_HERE = "Object.keys(localStorage).filter(key => key.startsWith('form-draft'))"
FILL_THE_STORAGE = """() => {
    for (let size = 2 ** 22; size; size >>= 1) {
        try {
            for (;;) localStorage.setItem(`full ${size} ${localStorage.length}`, "x".repeat(size))
        } catch { /* as little as half of it */ }
    }
}"""
ASKED = "**/form-drafts/"
MAKE_ARTICLE = """
from articles.models import Article
slug = f"of-copies-{Article.objects.count()}"
print(Article.objects.create(title="Of copies", slug=slug, summary="Short.", body="<p>Stored.</p>").pk)
"""


@pytest.fixture
def article(site):
    site.rows("DELETE FROM core_formdraft RETURNING id")
    return f"/admin/articles/article/{run_on(site, MAKE_ARTICLE, None).strip()}/change/"


@pytest.fixture(scope="module")
def writers(site):
    for name in ("wanda", "amos"):
        make_editor(site, name, "writer")


@pytest.fixture
def page(new_page, writers):
    page = new_page(java_script_enabled=True, viewport=LAPTOP)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, "wanda")
    yield page
    assert problems == []


def refuse_drafts(route) -> None:
    if route.request.method == "POST":
        route.abort()
    else:
        route.fallback()


def type_while_nothing_is_sent(page, article) -> None:
    page.route(ASKED, refuse_drafts)
    page.goto(article)
    page.get_by_label("Summary:").fill("Of this browser alone.")
    expect(page.locator(".draft-problem")).to_contain_text("It is kept in this browser.")


def test_the_copy_of_the_browser_stays_until_the_server_has_the_text_that_was_taken_up(page, article):
    type_while_nothing_is_sent(page, article)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/articles/article/")
    page.goto(article)
    offer = page.get_by_role("button", name="Go on with it")
    expect(offer).to_be_visible()
    page.unroute(ASKED)
    held = []
    page.route(ASKED, lambda route: held.append(route) if route.request.method == "POST" else route.fallback())
    with page.expect_request(lambda request: request.method == "POST" and '"keep"' in (request.post_data or "")):
        offer.click()
    assert len(page.evaluate(KEPT_HERE)) == 1
    page.unroute(ASKED)
    for route in held:
        route.fallback()
    expect(page.locator(".draft-kept")).to_contain_text("Draft kept")
    assert page.evaluate(KEPT_HERE) == []
    expect(page.get_by_label("Summary:")).to_have_value("Of this browser alone.")


def test_a_log_out_asks_before_it_deletes_what_only_the_browser_has(page, article):
    type_while_nothing_is_sent(page, article)
    asked, answers = [], iter([False, True])

    def answer(dialog):
        asked.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Summary:")).to_have_value("Of this browser alone.")
    assert len(page.evaluate(KEPT_HERE)) == 1
    follow(page.get_by_role("button", name="Log out"))
    assert asked == ["What you typed into one form is in this browser only. Log out and delete it?"] * 2
    assert page.evaluate(KEPT_HERE) == []


def test_a_log_out_asks_before_it_loses_what_is_kept_nowhere(page, article):
    page.route(ASKED, refuse_drafts)
    page.goto(article)
    page.evaluate(FILL_THE_STORAGE)
    page.get_by_label("Summary:").fill("Of this page alone.")
    asked = []

    def stay(dialog):
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Summary:")).to_have_value("Of this page alone.")
    assert asked == ["What you typed here could not be kept anywhere. Log out and lose it?"]
    assert page.evaluate(KEPT_HERE) == []


def test_who_logs_in_next_reads_whose_text_the_browser_keeps_and_may_delete_it(page, article):
    type_while_nothing_is_sent(page, article)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/articles/article/")
    page.context.clear_cookies()
    log_in(page, "amos")
    line = page.locator("#shared-desk p")
    expect(line).to_contain_text("This browser keeps what wanda typed into one form")
    assert "Of this browser alone." not in page.content()
    line.get_by_role("button", name="Delete the text of wanda").click()
    expect(line).to_have_count(0)
    assert page.evaluate(KEPT_HERE) == []
