"""Nothing that is typed into a long form of the admin is lost, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import EDITOR_PASSWORD, log_in, make_editor, run_on
from tests.browser.draft_forms import add_citation, body_of, expect_written, fits, kept, text_of, type_on, write
from tests.browser.follow import follow

LAPTOP = {"width": 1280, "height": 900}
SMALL_PHONE = {"width": 360, "height": 640}
ADD = "/admin/articles/article/add/"
TYPED = re.compile(r"^You typed something here (just now|\d+ \w+ ago) that was not saved$")
KEPT_HERE = "Object.keys(localStorage).filter(key => key.startsWith('form-draft'))"
MAKE_ARTICLE = """
from articles.models import Article, Citation, Person, Topic
Topic.objects.get_or_create(slug="drafts", defaults={"name": "Topic of drafts", "presets": ["doctors"]})
Person.objects.get_or_create(name="Dee Rafts")
slug = f"of-drafts-{Article.objects.count()}"
article = Article.objects.create(title=data, slug=slug, summary="Short.", body="<p>Stored.</p>")
Citation.objects.create(article=article, title="First source", publisher="NIDA", url="https://nida.nih.gov/")
print(article.pk)
"""
PUBLISH_ARTICLE = """
from django.utils import timezone
from articles.models import Article
Article.objects.filter(pk=data).update(status="published", publish_at=timezone.now())
"""
DELETE_ARTICLE = "from articles.models import Article; Article.objects.get(pk=data).delete()"
MAKE_CURATOR = """
from django.contrib.auth.models import User
User.objects.create_superuser(data["name"], password=data["password"])
"""


@pytest.fixture(scope="module")
def writers(site):
    run_on(site, MAKE_ARTICLE, "For its topic")
    for name in ("wren", "ansel"):
        make_editor(site, name, "writer")
    run_on(site, MAKE_CURATOR, {"name": "cora", "password": EDITOR_PASSWORD})


@pytest.fixture
def drafts(site, writers):
    """drafts(address) -> how many there are of the form at an address; none at first."""
    site.rows("DELETE FROM core_formdraft RETURNING id")

    def count(address: str) -> int:
        number = "".join(filter(str.isdigit, address))
        [[found]] = site.rows("SELECT count(*) FROM core_formdraft WHERE object_id = %s", number)
        return found

    return count


@pytest.fixture
def open_as(new_page):
    """open_as(name) -> a page of that person's own browser, without errors; to leave it is always agreed to."""
    problems = []

    def open_one(name: str, viewport=LAPTOP):
        page = new_page(java_script_enabled=True, viewport=viewport)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and problems.append(message.text))
        page.on("dialog", lambda dialog: dialog.accept())
        log_in(page, name)
        return page

    yield open_one
    assert problems == []


@pytest.fixture
def article(site, writers, request):
    return f"/admin/articles/article/{run_on(site, MAKE_ARTICLE, request.node.name[:60]).strip()}/change/"


def test_a_reload_shows_what_was_typed_in_every_kind_of_field(open_as, drafts, site):
    page = open_as("wren")
    page.goto(ADD)
    write(page)
    comments_open = page.get_by_label("Readers may comment").is_checked()
    kept(page)
    page.reload()
    expect(page.get_by_text("What you typed is in the form again")).to_be_visible()
    expect_written(page, comments_open)
    assert drafts(ADD) == 1
    type_on(page, " And more.")
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".messagelist")).to_contain_text("added successfully")
    assert drafts(ADD) == 0
    [[pk, saved]] = site.rows("SELECT id, body FROM articles_article WHERE title = 'Typed for an hour'")
    assert saved == "<p>A long text. And more.</p>"
    titles = site.rows("SELECT title FROM articles_citation WHERE article_id = %s ORDER BY id", pk)
    assert titles == [("One source",), ("Another source",)]
    site.rows("DELETE FROM articles_article_topics WHERE article_id = %s RETURNING id", pk)
    site.rows("DELETE FROM articles_citation WHERE article_id = %s RETURNING id", pk)
    site.rows("DELETE FROM articles_article WHERE id = %s RETURNING id", pk)


def test_what_is_typed_before_the_draft_arrives_is_not_replaced_by_it(open_as, drafts, article):
    page, held = open_as("wren"), []
    page.goto(article)
    page.get_by_label("Summary:").fill("Of the draft.")
    kept(page)
    page.route(re.compile("/form-drafts/$"), lambda route: held.append(route))
    page.reload()
    page.get_by_label("Summary:").fill("Typed meanwhile.")
    page.unroute(re.compile("/form-drafts/$"))
    for route in held:
        route.fallback()
    offer = page.get_by_role("region", name="A draft of yours")
    expect(offer.get_by_role("button", name="Go on with it")).to_be_visible()
    expect(page.get_by_label("Summary:")).to_have_value("Typed meanwhile.")
    kept(page)
    assert drafts(article) == 2


def test_a_draft_is_offered_on_return_with_a_comparison(open_as, drafts):
    page = open_as("wren")
    page.goto(ADD)
    write(page)
    comments_open = page.get_by_label("Readers may comment").is_checked()
    kept(page)
    page.goto("/admin/articles/article/")
    follow(page.get_by_role("link", name="Add article"))
    offer = page.get_by_role("region", name="A draft of yours")
    expect(offer.get_by_role("heading")).to_have_text(TYPED)
    expect(page.get_by_label("Title:")).to_have_value("")
    offer.locator("summary").click()
    expect(offer.get_by_role("row", name="Summary")).to_contain_text("What nobody wants to type twice.")
    expect(offer.get_by_role("row", name="Title, added row 2")).to_contain_text("Another source")
    offer.get_by_role("button", name="Go on with it").click()
    expect_written(page, comments_open)
    expect(offer).to_have_count(0)
    kept(page)
    assert drafts(ADD) == 1, "it goes on as the draft of this page"
    type_on(page, " And more.")
    expect(body_of(page)).to_have_value("<p>A long text. And more.</p>")
    page.reload()
    expect(text_of(page)).to_have_text("A long text. And more.")


def test_a_draft_that_is_thrown_away_does_not_come_back(open_as, drafts, article):
    page = open_as("wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Never mind.")
    kept(page)
    page.goto("/admin/articles/article/")
    page.goto(article)
    offer = page.get_by_role("region", name="A draft of yours")
    with page.expect_response(lambda answer: "throw-away" in (answer.request.post_data or "")):
        offer.get_by_role("button", name="Throw it away").click()
    expect(offer).to_have_count(0)
    expect(page.get_by_label("Summary:")).to_have_value("Short.")
    assert drafts(article) == 0
    page.reload()
    expect(page.get_by_label("Summary:")).to_have_value("Short.")
    expect(offer).to_have_count(0)


@pytest.mark.parametrize("viewport", [LAPTOP, SMALL_PHONE], ids=["laptop", "phone"])
def test_a_session_that_ends_opens_a_log_in_and_the_save_goes_on(open_as, drafts, article, site, viewport):
    page = open_as("wren", viewport)
    page.goto(article)
    page.get_by_label("Summary:").fill("Typed before it ended.")
    kept(page)
    site.rows("DELETE FROM django_session RETURNING session_key")
    add_citation(page, 1, "Typed after it ended")
    page.get_by_role("button", name="Save and continue editing").click()
    dialog = page.get_by_role("dialog", name="You were logged out")
    expect(dialog).to_be_visible()
    assert fits(dialog, viewport)
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Log in, in a new tab").click()
    tab = opened.value
    tab.get_by_label("Username").fill("wren")
    tab.get_by_label("Password").fill(EDITOR_PASSWORD)
    follow(tab.get_by_role("button", name="Log in"))
    expect(tab.get_by_text("You are logged in as wren. Close this page")).to_be_visible()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    expect(page.locator("#id_citations-1-title")).to_have_value("Typed after it ended")
    expect(page.get_by_label("Summary:")).to_have_value("Typed before it ended.")
    assert drafts(article) == 0


def test_somebody_else_who_logs_in_meanwhile_gets_nothing_of_it(open_as, drafts, article, site):
    page = open_as("wren")
    page.goto(article)
    page.context.clear_cookies()
    other = page.context.new_page()
    log_in(other, "ansel")
    page.get_by_label("Summary:").fill("Of wren alone.")
    expect(page.locator(".draft-problem")).to_contain_text("ansel is logged in in this browser now")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("log in as wren")
    assert drafts(article) == 0
    other.goto(article)
    expect(other.get_by_label("Summary:")).to_have_value("Short.")
    expect(other.get_by_role("region", name="A draft of yours")).to_have_count(0)


def test_a_log_in_in_a_second_tab_does_not_cost_the_text_of_the_first(open_as, drafts, article):
    page = open_as("wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Before the second log-in.")
    tab = page.context.new_page()
    tab.goto("/admin/")
    follow(tab.get_by_role("button", name="Log out"))
    log_in(tab, "wren")
    follow(page.get_by_role("button", name="Save and continue editing"))
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    expect(page.get_by_label("Summary:")).to_have_value("Before the second log-in.")


def test_back_after_a_refused_form_shows_what_was_typed(open_as, drafts, article):
    page = open_as("wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Typed before the 403.")
    type_on(page, " Typed for an hour.")
    add_citation(page, 1, "Added before the 403")
    kept(page)
    page.evaluate("document.querySelector('#article_form [name=csrfmiddlewaretoken]').remove()")
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("That form could not be accepted")
    expect(page.get_by_text("What you typed is kept as a draft.")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Summary:")).to_have_value("Typed before the 403.")
    expect(page.locator("#id_citations-1-title")).to_have_value("Added before the 403")
    expect(text_of(page)).to_have_text("Stored. Typed for an hour.")
    page.go_forward()
    page.go_back()
    expect(page.get_by_label("Summary:")).to_have_value("Typed before the 403.")
    expect(text_of(page)).to_have_text("Stored. Typed for an hour.")
    type_on(page, " And more.")
    expect(body_of(page)).to_have_value("<p>Stored. Typed for an hour. And more.</p>")
    follow(page.get_by_role("button", name="Save and continue editing"))
    expect(text_of(page)).to_have_text("Stored. Typed for an hour. And more.")
    expect(page.locator("#id_citations-1-title")).to_have_value("Added before the 403")
    assert drafts(article) == 0


def test_a_form_with_a_mistake_goes_on_with_its_draft(open_as, drafts, article):
    page = open_as("wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Right.")
    page.get_by_label("Slug:").fill("not a slug")
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.locator(".errornote")).to_be_visible()
    page.get_by_label("Title:").fill("Typed after the mistake")
    kept(page)
    assert drafts(article) == 1
    page.goto("/admin/articles/article/")
    page.goto(article)
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_label("Summary:")).to_have_value("Right.")
    expect(page.get_by_label("Title:")).to_have_value("Typed after the mistake")


def test_a_log_out_keeps_the_last_word_and_leaves_nothing_in_the_browser(open_as, drafts, article):
    page = open_as("wren")
    page.goto(article)
    type_on(page, " The last word.")
    follow(page.get_by_role("button", name="Log out"))
    assert page.evaluate(KEPT_HERE) == []
    assert drafts(article) == 1
    log_in(page, "wren")
    page.goto(article)
    page.get_by_role("button", name="Go on with it").click()
    expect(text_of(page)).to_have_text("Stored. The last word.")


def test_whoever_stays_and_logs_out_later_finds_all_of_it_again(new_page, writers, drafts, article):
    page, answers = new_page(java_script_enabled=True, viewport=LAPTOP), iter([False, True])
    log_in(page, "wren")
    page.goto(article)
    type_on(page, " Before.")
    page.on("dialog", lambda dialog: dialog.accept() if next(answers) else dialog.dismiss())
    with page.expect_event("dialog"):
        page.get_by_role("button", name="Log out").click()
    type_on(page, " After.")
    follow(page.get_by_role("button", name="Log out"))
    assert page.evaluate(KEPT_HERE) == []
    log_in(page, "wren")
    page.goto(article)
    page.get_by_role("button", name="Go on with it").click()
    expect(text_of(page)).to_have_text("Stored. Before. After.")


def test_while_the_network_is_away_the_browser_keeps_it(open_as, drafts, article):
    page = open_as("wren")
    page.clock.install()
    page.goto(article)
    page.context.set_offline(True)
    page.get_by_label("Summary:").fill("Typed in a tunnel.")
    page.clock.run_for(30_000)
    line = page.locator(".draft-problem")
    expect(line).to_have_text(
        re.compile(r"Not saved on the server since \d\d:\d\d: the network is away. It is kept in this browser.")
    )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(line).to_be_visible()
    expect(page.get_by_label("Summary:")).to_have_value("Typed in a tunnel.")
    assert drafts(article) == 0
    assert len(page.evaluate(KEPT_HERE)) == 1
    page.context.set_offline(False)
    kept(page)
    expect(line).to_be_hidden()
    assert drafts(article) == 1
    assert page.evaluate(KEPT_HERE) == []


def test_a_page_that_is_closed_without_network_offers_its_text_later(open_as, drafts, article):
    page = open_as("wren")
    page.goto(article)
    page.context.set_offline(True)
    page.get_by_label("Summary:").fill("Typed before it was closed.")
    page.close(run_before_unload=False)
    context = page.context
    context.set_offline(False)
    page = context.new_page()
    page.goto(article)
    page.get_by_role("button", name="Go on with it").click()
    expect(page.get_by_label("Summary:")).to_have_value("Typed before it was closed.")


def test_of_two_tabs_each_keeps_its_own_text(open_as, drafts, article):
    first = open_as("wren")
    second = first.context.new_page()
    second.on("dialog", lambda dialog: dialog.accept())
    for page, text in ((first, "Of the first tab."), (second, "Of the second tab.")):
        page.goto(article)
        page.get_by_label("Summary:").fill(text)
        kept(page)
    assert drafts(article) == 2
    follow(first.get_by_role("button", name="Save and continue editing"))
    expect(first.locator(".messagelist")).to_contain_text("was changed successfully")
    offer = first.get_by_role("region", name="A draft of yours")
    expect(offer).to_contain_text("What is stored was changed since you began.")
    offer.locator("summary").click()
    expect(offer.get_by_role("row", name="Summary")).to_contain_text("Of the first tab.")
    expect(offer.get_by_role("row", name="Summary")).to_contain_text("Of the second tab.")
    follow(second.get_by_role("button", name="Save", exact=True))
    expect(second.locator(".errornote")).to_be_visible()
    expect(second.get_by_label("Summary:")).to_have_value("Of the second tab.")


def test_leaving_asks_only_with_unsaved_work(new_page, writers, drafts, article):
    page, asked = new_page(java_script_enabled=True, viewport=LAPTOP), []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    log_in(page, "wren")
    page.goto(article)
    page.get_by_label("Summary:").click()
    follow(page.get_by_role("link", name="Home", exact=True))
    page.goto(article)
    page.get_by_label("Summary:").fill("Not saved.")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_label("Summary:")).to_have_value("Not saved.")
    assert asked == ["beforeunload"]
    follow(page.get_by_role("button", name="Save", exact=True))
    assert asked == ["beforeunload"]


def test_leaving_asks_also_after_a_look_at_the_preview(new_page, writers, drafts, article):
    page, asked = new_page(java_script_enabled=True, viewport=LAPTOP), []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    log_in(page, "wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Before the preview.")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview as it stands").click()
    expect(opened.value).to_have_url(re.compile("/preview/"))
    opened.value.close()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_label("Summary:")).to_have_value("Before the preview.")
    assert asked == ["beforeunload"]


def test_what_is_typed_stays_in_the_page_when_its_row_is_gone(open_as, drafts, article, site):
    """As when somebody publishes the next version that is open here."""
    page = open_as("wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Typed for an hour.")
    kept(page)
    run_on(site, DELETE_ARTICLE, "".join(filter(str.isdigit, article)))
    type_on(page, " And more.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".draft-problem")).to_contain_text("published or deleted meanwhile")
    expect(page.get_by_label("Summary:")).to_have_value("Typed for an hour.")
    expect(text_of(page)).to_have_text("Stored. And more.")


def test_what_was_typed_is_shown_to_copy_once_somebody_else_has_published_it(open_as, drafts, article, site):
    page = open_as("wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("Typed for an hour.")
    kept(page)
    run_on(site, PUBLISH_ARTICLE, "".join(filter(str.isdigit, article)))
    type_on(page, " And more.")
    expect(page.locator(".draft-problem")).to_contain_text("cannot save it here any more")
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("main")).to_contain_text("Write its next version instead. Nothing was saved.")
    sent = page.get_by_role("region", name="What you sent, to copy")
    expect(sent).to_contain_text("Typed for an hour.")
    expect(sent).to_contain_text("Stored. And more.")
    page.get_by_role("link", name="Open it anew").click()
    draft = page.get_by_role("region", name="A draft of yours")
    expect(draft.get_by_role("heading")).to_have_text(TYPED)
    expect(draft.locator("dt")).to_have_text(["Summary", "Body"])
    expect(draft.locator("dd")).to_have_text(["Typed for an hour.", "Stored. And more."])
    draft.get_by_role("button", name="Throw it away").click()
    expect(draft).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Readers know this article, so only publishers change it.")).to_be_visible()
    expect(draft).to_have_count(0)
    assert drafts(article) == 0


def test_each_sees_who_else_has_the_form_open(open_as, drafts, article):
    wren, ansel = open_as("wren"), open_as("ansel")
    wren.clock.install()
    with wren.expect_response(lambda answer: "form-drafts" in answer.url and answer.request.method == "POST"):
        wren.goto(article)
    expect(wren.locator(".draft-others")).to_be_hidden()
    ansel.goto(article)
    expect(ansel.locator(".draft-others")).to_have_text(re.compile(r"Also open just now: wren \(since \d\d:\d\d\)\."))
    wren.clock.run_for(16_000)
    expect(wren.locator(".draft-others")).to_contain_text("ansel")


def test_the_form_of_a_clinic_says_what_was_changed_since(open_as, drafts, site):
    [[pk, name]] = site.rows(
        "SELECT id, name FROM clinics_clinic WHERE state = 'OH' AND is_listed ORDER BY id LIMIT 1"
    )
    address = f"/admin/clinics/clinic/{pk}/change/"
    page = open_as("cora", SMALL_PHONE)
    page.goto(address)
    page.locator("#id_name_detail").fill("East wing")
    kept(page)
    page.goto("/admin/")
    site.rows("UPDATE clinics_clinic SET website = 'https://new.example/' WHERE id = %s RETURNING id", pk)
    page.goto(address)
    offer = page.get_by_role("region", name="A draft of yours")
    expect(offer).to_contain_text("What is stored was changed since you began.")
    offer.locator("summary").click()
    assert fits(offer, SMALL_PHONE)
    offer.get_by_role("button", name="Go on with it").click()
    expect(page.locator("#id_name_detail")).to_have_value("East wing")
    expect(page.locator("#id_website")).to_have_value("https://new.example/")
    follow(page.get_by_role("button", name="Save and continue editing").first)
    assert site.rows("SELECT name, name_detail, website FROM clinics_clinic WHERE id = %s", pk) == [
        (name, "East wing", "https://new.example/")
    ]
    assert drafts(address) == 0


def test_without_javascript_a_form_is_saved_as_ever(new_page, writers, drafts, article):
    page = new_page(viewport=LAPTOP)
    log_in(page, "wren")
    page.goto(article)
    page.get_by_label("Summary:").fill("By the form alone.")
    follow(page.get_by_role("button", name="Save and continue editing"))
    expect(page.get_by_label("Summary:")).to_have_value("By the form alone.")
