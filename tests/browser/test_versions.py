"""The next version of a live article, previews of unsaved text, and the way from an empty form to hand-in."""

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, make_reviewer, run_on
from tests.browser.follow import follow

LAPTOP = {"width": 1280, "height": 800}
MOST_CLICKS = 10  # from an empty form to hand-in
CLICKS_OF_A_CHOICE = 2  # the list, and one of it
COUNT_CLICKS = """addEventListener("click", (event) => {
    if (event.isTrusted && event.detail) sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1;
}, true)"""
MAKE_ARTICLE = """
from django.utils import timezone
from articles.models import Article, Person
people = [Person.objects.get_or_create(name=name)[0] for name in ("Ana Reyes", "Ben Osei")]
article = Article.objects.create(title=data["title"], slug=data["slug"], summary="What to do first.",
    body="<p>Call one person today. Then call a clinic.</p>", author=people[0], reviewer=people[1],
    last_reviewed_on=timezone.localdate(), status="published", publish_at=timezone.now())
article.citations.create(title="Treatment and Recovery", publisher="NIDA", url="https://nida.nih.gov/")
article.save()  # a revision with the source
print(article.pk)
"""


@pytest.fixture
def editor(new_page, site):
    """editor(name, group) -> the page of somebody who is logged in; no page logs an error or a violation."""
    problems = []

    def make(name: str, group: str, **options):
        make_editor(site, name, group)
        page = new_page(**{"java_script_enabled": True, "viewport": LAPTOP} | options)
        page.context.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.context.on("weberror", lambda error: problems.append(str(error.error)))
        log_in(page, name)
        return page

    yield make
    assert problems == []


def make_article(site, title: str) -> dict:
    facts = {"title": title, "slug": title.lower().replace(" ", "-")}
    return facts | {"pk": int(run_on(site, MAKE_ARTICLE, facts))}


def rewrite(page, words: str) -> None:
    """Replace the text of the editor."""
    page.locator(".ProseMirror").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def have_it_approved(site, new_page, address: str) -> None:
    make_reviewer(site, "signer", "Gil Lind")
    reviewer = new_page(viewport=LAPTOP)
    log_in(reviewer, "signer")
    reviewer.goto(address)
    follow(reviewer.get_by_role("link", name="Medical review"))
    expect(reviewer.locator(".review-words")).to_contain_text("Call two people today.")
    follow(reviewer.get_by_role("button", name="I have reviewed this text: approve"))
    expect(reviewer.locator(".messagelist")).to_contain_text("approved by Gil Lind, MD")


def test_a_next_version_is_written_compared_handed_in_reviewed_and_published(editor, new_page, open_page, site):
    article = make_article(site, "First call")
    address = "/articles/first-call/"
    reader = open_page(address)
    before = reader.request.get(address).body()
    writer = editor("proposer", "writer")
    writer.goto(f"/admin/articles/article/{article['pk']}/change/")
    follow(writer.get_by_role("button", name="Write the next version"))
    expect(writer.locator(".messagelist")).to_contain_text("Readers see the present one")
    rewrite(writer, "Call two people today. Then call a clinic.")
    follow(writer.get_by_role("button", name="Save and continue editing"))
    follow(writer.get_by_role("link", name="Compare with the live article"))
    expect(writer.locator(".revisions ins")).to_have_text("two people")
    expect(writer.locator(".revisions del")).to_have_text("one person")
    writer.go_back()
    expect(writer.locator(".ProseMirror")).to_contain_text("Call two people today.")
    follow(writer.get_by_role("button", name="Hand in for review"))
    assert reader.request.get(address).body() == before
    publisher = editor("decider", "publisher")
    publisher.goto("/admin/")
    follow(publisher.get_by_role("link", name="handed in for review"))
    follow(publisher.get_by_role("link", name="next version of “First call”"))
    follow(publisher.get_by_role("button", name="Publish over the live article"))
    expect(publisher.locator(".messagelist")).to_contain_text("Have a clinician review this text")
    have_it_approved(site, new_page, publisher.url)
    follow(publisher.get_by_role("button", name="Publish over the live article"))
    expect(publisher.locator(".messagelist")).to_contain_text("First call: published.")
    reader.goto(address)
    expect(reader.get_by_text("Call two people today.")).to_be_visible()
    expect(reader.locator(".byline")).to_contain_text("Medical review: Gil Lind, MD")
    publisher.goto(f"/admin/articles/article/{article['pk']}/history/")
    revisions = publisher.locator(".revisions > li")
    # Made, with its source; begun, written, handed in and approved as the next version; published.
    expect(revisions).to_have_count(7)
    expect(revisions.first).to_contain_text("decider · Publish over the live article")
    written = revisions.filter(has=publisher.locator("ins", has_text="two people"))
    expect(written).to_have_count(1)
    expect(written).to_contain_text("proposer")


@pytest.mark.parametrize("viewport", [LAPTOP, {"width": 360, "height": 640}])
def test_the_preview_shows_unsaved_text_at_the_width_of_a_phone_and_of_a_desktop(editor, open_page, site, viewport):
    width = viewport["width"]
    article = make_article(site, f"Preview {width}")
    page = editor(f"previewer{width}", "publisher", viewport=viewport)
    page.goto(f"/admin/articles/article/{article['pk']}/change/")
    rewrite(page, "Nobody saved this.")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview as it stands").click()
    preview = opened.value
    frame = preview.frame_locator("iframe")
    expect(frame.get_by_text("Nobody saved this.")).to_be_visible()
    assert "Nobody" not in preview.url
    box = preview.locator("iframe")
    assert box.evaluate("frame => frame.contentWindow.innerWidth") == 1280
    preview.get_by_label("Phone, 360").check()
    assert box.evaluate("frame => frame.contentWindow.innerWidth") == 360
    assert frame.locator("html").evaluate("html => html.scrollWidth") <= 360
    expect(page.locator(".ProseMirror")).to_contain_text("Nobody saved this.")  # the form is as it was
    expect(open_page(f"/articles/preview-{width}/").get_by_text("Call one person today.")).to_be_visible()


def test_from_an_empty_form_to_hand_in_takes_at_most_ten_clicks(editor, site):
    make_article(site, "For its author")
    page = editor("beginner", "writer")
    page.add_init_script(COUNT_CLICKS)
    page.goto("/admin/articles/article/add/")
    expect(page.locator(".ProseMirror")).to_be_visible()
    page.keyboard.type("Ten clicks")  # the caret stands in the title
    page.get_by_label("Summary:").click()
    page.keyboard.type("What to do in the first week.")
    page.locator(".ProseMirror").click()
    page.keyboard.type("Call one person.")
    page.get_by_label("Author:", exact=True).select_option(label="Ana Reyes")
    for name, words in {"title": "Treatment", "publisher": "NIDA", "url": "https://nida.nih.gov/"}.items():
        page.locator(f"#id_citations-0-{name}").click()
        page.keyboard.type(words)
    follow(page.get_by_role("button", name="Hand in for review"))
    expect(page.locator(".messagelist")).to_contain_text("in review")
    clicks = int(page.evaluate("sessionStorage.clicks")) + CLICKS_OF_A_CHOICE
    assert clicks <= MOST_CLICKS
    [[status, slug, sources]] = site.rows(
        "SELECT status, slug, (SELECT count(*) FROM articles_citation c WHERE c.article_id = a.id)"
        " FROM articles_article a WHERE title = 'Ten clicks'"
    )
    assert (status, slug, sources) == ("in-review", "ten-clicks", 1)
