"""An article is translated side by side, published, left behind by its original, and brought up to date again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import EDITOR_PASSWORD, log_in, make_editor, make_reviewer, run_on
from tests.browser.draft_forms import kept
from tests.browser.follow import follow

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
MAKE_ARTICLE = """
from django.utils import timezone
from articles.models import Article, Citation, Person
author = Person.objects.get_or_create(name="Ann Ray")[0]
article = Article.objects.create(
    author=author, title=data["title"], slug=data["slug"], summary="What to do first.", is_sample=True,
    status="published",
    body='<h2>The first day</h2><p>Call <strong>one</strong> person.</p><ul><li>Eat.</li><li>Sleep.</li></ul>'
    '<p>See <a href="/find/detox/">a clinic</a>.</p>', publish_at=timezone.now())
Citation.objects.create(article=article, title="Treatment and Recovery", publisher="NIDA", url="https://nida.nih.gov/")
print(article.pk)
"""


def field(page, original: str):
    """What one types into, beside these words of the original."""
    row = page.locator(".pair").filter(has=page.locator(".pair-text").get_by_text(original))
    return row.locator("[contenteditable], .pair-field input, .pair-field textarea:visible").first


def type_beside(page, original: str, words: str) -> None:
    field(page, original).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(words)


def save(page) -> str:
    follow(page.get_by_role("button", name="Save", exact=True))
    return page.locator(".messagelist").inner_text()


@pytest.fixture
def opened(new_page, site):
    """opened(name, viewport, **options) -> (page of the admin on a published English article, its slug)."""

    def make(name: str, viewport, **options):
        make_editor(site, f"{name}-editor", "publisher")
        number = run_on(site, MAKE_ARTICLE, {"title": f"A first day {name}", "slug": f"a-first-day-{name}"}).strip()
        page = new_page(**{"java_script_enabled": True, "viewport": viewport} | options)
        log_in(page, f"{name}-editor")
        page.goto(f"/admin/articles/article/{number}/change/")
        return page

    return make


def translate_all(page, name: str) -> None:
    follow(page.get_by_role("button", name="Translate into Spanish"))
    expect(page.get_by_text("6 still to translate.")).to_be_visible()
    type_beside(page, f"A first day {name}", f"Un primer día {name}")
    type_beside(page, "What to do first.", "Qué hacer primero.")
    type_beside(page, "The first day", "El primer día")
    assert "3 still to translate" in save(page)
    page.reload()
    expect(field(page, "The first day")).to_have_text("El primer día")
    call = field(page, "Call one person.")
    call.locator("xpath=..").get_by_role("button", name="Start from the original's words").click()
    expect(call.locator("strong")).to_have_text("one")
    type_beside(page, "Call one person.", "Llame a ")
    page.get_by_role("button", name="Bold").locator("visible=true").nth(1).click()
    page.keyboard.type("una")
    page.get_by_role("button", name="Bold").locator("visible=true").nth(1).click()
    page.keyboard.type(" persona.")
    items = page.locator(".pair", has_text="Eat.").locator("[contenteditable]")
    for item, words in zip(items.all(), ("Coma.", "Duerma."), strict=True):
        item.click()
        page.keyboard.type(words)
    link = field(page, "See a clinic.")
    link.locator("xpath=..").get_by_role("button", name="Start from the original's words").click()
    link.locator("a").dblclick()
    page.keyboard.type("una clínica")
    assert "complete and up to date" in save(page)


def have_it_reviewed(new_page, site, address: str, name: str) -> None:
    make_reviewer(site, f"{name}-reviewer", f"Cara Lind {name}")
    reviewer = new_page(java_script_enabled=True)
    log_in(reviewer, f"{name}-reviewer")
    reviewer.goto(address)
    follow(reviewer.get_by_role("link", name="Medical review"))
    expect(reviewer.locator(".review-words")).to_contain_text("Llame a una persona.")
    follow(reviewer.get_by_role("button", name="I have reviewed this text: approve"))


@pytest.mark.parametrize(("name", "viewport"), [("wide", LAPTOP), ("narrow", PHONE)])
def test_an_article_is_translated_left_behind_and_brought_up_to_date(
    opened, open_page, new_page, site, name, viewport
):
    page = opened(name, viewport)
    original = page.url
    translate_all(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    left, right = (page.locator(f".pair-{side}").nth(1).bounding_box() for side in ("original", "translation"))
    assert left["y"] == right["y"] if viewport == LAPTOP else left["y"] + left["height"] <= right["y"]

    follow(page.get_by_role("link", name="Sources, topics and steps of the translation"))
    follow(page.get_by_role("button", name="Hand in for review"))
    have_it_reviewed(new_page, site, page.url, name)
    follow(page.get_by_role("button", name="Publish now"))
    reader = open_page(f"/es/articles/un-primer-dia-{name}/")
    expect(reader.locator(".article-text strong")).to_have_text("una")
    assert reader.locator(".article-text a").get_attribute("href") == "/es/find/detox/"
    expect(reader.locator(".notice")).to_have_count(0)

    page.goto(original)
    page.locator(".ProseMirror p", has_text="Call one person.").click()
    page.keyboard.press("End")
    page.keyboard.type(" Today.")
    follow(page.get_by_role("button", name="Save and continue editing"))
    reader.goto(f"/es/articles/un-primer-dia-{name}/?near=02139")  # not the page that the browser kept
    expect(reader.locator(".notice")).to_contain_text("todavía no está actualizada")

    page.goto("/admin/")
    follow(page.get_by_role("link", name="translation behind its original"))
    follow(page.get_by_role("link", name="behind since").first)
    changed = page.locator(".pair.is-changed")
    expect(changed).to_have_count(1)
    expect(changed.locator("ins")).to_contain_text("Today.")
    expect(changed.get_by_role("checkbox")).not_to_be_checked()
    changed.locator("[contenteditable]").click()
    page.keyboard.press("End")
    page.keyboard.type(" Hoy.")
    expect(changed.get_by_role("checkbox")).to_be_checked()
    assert "complete and up to date" in save(page)
    reader.goto(f"/es/articles/un-primer-dia-{name}/?near=02138")
    expect(reader.locator(".notice")).to_have_count(0)
    expect(reader.locator(".article-text")).to_contain_text("Llame a una persona. Hoy.")


def test_who_leaves_with_unsaved_words_is_asked_and_back_shows_them(opened):
    page = opened("left", LAPTOP)
    follow(page.get_by_role("button", name="Translate into Spanish"))
    type_beside(page, "The first day", "El primer día")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Home").first.click(no_wait_after=True)
    page.wait_for_timeout(0)
    expect(field(page, "The first day")).to_have_text("El primer día")
    assert asked == ["beforeunload"]
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/")
    page.go_back()
    expect(field(page, "The first day")).to_have_text("El primer día")


def test_without_javascript_the_words_are_typed_as_html(opened):
    page = opened("plain", PHONE, java_script_enabled=False)
    follow(page.get_by_role("button", name="Translate into Spanish"))
    field(page, "Call one person.").fill("Llame a <b>una</b> persona.<script>x</script>")
    assert "5 still to translate" in save(page)
    assert field(page, "Call one person.").input_value() == "Llame a <strong>una</strong> persona."


def test_what_is_pasted_comes_as_words(opened):
    page = opened("pasted", LAPTOP)
    follow(page.get_by_role("button", name="Translate into Spanish"))
    box = field(page, "The first day")
    box.click()
    box.evaluate(
        """box => {
            const data = new DataTransfer();
            data.setData("text/html", "<h1>El <b>primer</b></h1><p>día</p>");
            data.setData("text/plain", "El primer\\n día");
            box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(box).to_have_text("El primer día")
    assert box.locator("*").count() == 0


def number_in(address: str) -> str:
    [number] = re.findall(r"/article/(\d+)/", address)
    return number


def log_in_over(page, name: str) -> None:
    """The page has found that nobody is logged in, and asks."""
    with page.context.expect_page() as opened:
        page.get_by_role("dialog", name="You were logged out").get_by_role("link").click()
    tab = opened.value
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(EDITOR_PASSWORD)
    follow(tab.get_by_role("button", name="Log in"))


def test_a_translation_is_saved_though_the_session_ended_meanwhile(opened):
    page = opened("ended", LAPTOP)
    follow(page.get_by_role("button", name="Translate into Spanish"))
    type_beside(page, "The first day", "El primer día")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).click()
    log_in_over(page, "ended-editor")
    expect(page.locator(".messagelist")).to_contain_text("5 still to translate")
    expect(field(page, "The first day")).to_have_text("El primer día")


def test_a_translation_that_was_not_saved_is_in_the_page_again(opened, site):
    page = opened("kept", LAPTOP)
    follow(page.get_by_role("button", name="Translate into Spanish"))
    address = page.url
    type_beside(page, "Call one person.", "Llame a una persona.")
    kept(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/")
    page.goto(address)
    offer = page.get_by_role("region", name="A draft of yours")
    offer.locator("summary").click()
    expect(offer.get_by_role("row", name="Paragraph")).to_contain_text("Llame a una persona.")
    offer.get_by_role("button", name="Go on with it").click()
    expect(field(page, "Call one person.")).to_have_text("Llame a una persona.")
    assert "5 still to translate" in save(page)
    expect(offer).to_have_count(0)
    assert site.rows("SELECT id FROM core_formdraft WHERE object_id = %s", number_in(address)) == []


def test_a_note_of_a_review_is_sent_though_the_session_ended_meanwhile(opened, new_page, site):
    address = opened("noted", LAPTOP).url.replace("/change/", "/review/")
    make_reviewer(site, "noted-reviewer", "Cara Lind noted")
    page = new_page(java_script_enabled=True, viewport=LAPTOP)
    log_in(page, "noted-reviewer")
    page.goto(address)
    page.get_by_label("Note to the writer").fill("Name the dose in milligrams.")
    page.context.clear_cookies()
    page.get_by_role("button", name="I have reviewed this text: approve").click()
    log_in_over(page, "noted-reviewer")
    expect(page.get_by_text("“Name the dose in milligrams.”")).to_be_visible()
    expect(page.get_by_label("Note to the writer")).to_have_value("")


def test_a_note_outlives_a_change_of_the_text_and_is_signed_with_the_text_of_the_page(opened, new_page, site):
    address = opened("signed", LAPTOP).url.replace("/change/", "/review/")
    make_reviewer(site, "signed-reviewer", "Cara Lind signed")
    page = new_page(java_script_enabled=True, viewport=LAPTOP)
    log_in(page, "signed-reviewer")
    page.goto(address)
    page.get_by_label("Note to the writer").fill("Name the dose in milligrams.")
    kept(page)
    site.rows("UPDATE articles_article SET summary = 'What to do now.' WHERE id = %s RETURNING id", number_in(address))
    follow(page.get_by_role("button", name="I have reviewed this text: approve"))
    expect(page.get_by_text("The text changed after you opened this page.")).to_be_visible()
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_label("Note to the writer")).to_have_value("Name the dose in milligrams.")
    follow(page.get_by_role("button", name="I have reviewed this text: approve"))
    expect(page.get_by_text("“Name the dose in milligrams.”")).to_be_visible()
