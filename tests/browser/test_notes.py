"""Notes on passages, by hands in a real browser: selected, answered, published away, and no word of them lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, run_on
from tests.browser.follow import follow

LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
PASSAGE = "Wait one hour before the next dose."
MAKE_DRAFT = """
from django.contrib.auth.models import User
from articles.models import Article
article = Article.objects.create(
    title=data["title"], slug=data["slug"], summary="What to do.", is_sample=True,
    body="<h2>First day</h2><p>Call one person.</p><p>" + data["passage"] + "</p><p>Call one person.</p>")
article.citations.create(title="Source", publisher="SAMHSA")
article.history.update(history_user=User.objects.get(username="noor"))
print(article.pk)
"""
MARKED = """(name) => [...(CSS.highlights.get(name) ?? [])].map(String)"""


@pytest.fixture(scope="module", autouse=True)
def staff(site):
    for name, group in (("noor", "writer"), ("rosa", "reviewer"), ("paul", "publisher")):
        make_editor(site, name, group)


@pytest.fixture
def draft(site, request):
    """The address of a draft of the writer's."""
    slug = f"noted-{abs(hash(request.node.name)) % 10**8}"
    made = run_on(site, MAKE_DRAFT, {"title": "A noted start", "slug": slug, "passage": PASSAGE})
    return f"/admin/articles/article/{int(made)}/change/"


@pytest.fixture
def opened_by(new_page, draft):
    """opened_by(name) -> the page of the draft, as that person has it open. No script may fail on it."""
    problems = []

    def open_it(name: str, **options):
        page = new_page(**{"java_script_enabled": True, "viewport": LAPTOP} | options)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and problems.append(message.text))
        log_in(page, name)
        page.goto(draft)
        return page

    yield open_it
    assert problems == []


def notes(page):
    return page.locator("#article-notes .notes > li[data-quote]")


def select(page, words: str) -> None:
    """Three clicks on a paragraph."""
    page.locator(".ProseMirror p", has_text=words).first.click(click_count=3)


def note_on(page, words: str, text: str) -> None:
    select(page, words)
    note_on_selected(page, words, text)


def note_on_selected(page, words: str, text: str) -> None:
    page.get_by_role("button", name="Note on these words").click()
    expect(page.get_by_label("Passage")).to_have_value(words)
    page.keyboard.type(text)
    page.get_by_role("button", name="Add note").click()
    expect(notes(page).filter(has_text=text)).to_have_count(1)


def test_a_writer_notes_a_reviewer_answers_and_a_publisher_publishes(opened_by, new_page, draft):
    writer = opened_by("noor")
    note_on(writer, PASSAGE, "Is it one hour?")
    assert writer.evaluate(MARKED, "article-notes") == [PASSAGE]
    expect(writer.get_by_label("Note", exact=True)).to_have_value("")

    reviewer = opened_by("rosa")
    [note] = notes(reviewer).all()
    expect(note).to_contain_text("Is it one hour?")
    note.get_by_role("button", name=f"“{PASSAGE}”").click()
    assert reviewer.evaluate(MARKED, "article-note") == [PASSAGE]
    note.get_by_label("Answer to noor").fill("The label says one.")
    note.get_by_role("button", name="Answer").click()
    expect(notes(reviewer).locator(".answers")).to_contain_text("The label says one.")

    writer.reload()
    expect(notes(writer).locator(".answers")).to_contain_text("The label says one.")
    follow(writer.get_by_role("button", name="Hand in for review"))
    expect(notes(writer)).to_have_count(1)

    publisher = opened_by("paul")
    follow(publisher.get_by_role("button", name="Publish now"))
    expect(publisher.locator(".messagelist")).to_contain_text("published")
    expect(notes(publisher)).to_have_count(0)
    address = publisher.get_by_role("link", name="View on site").get_attribute("href")
    follow(publisher.get_by_role("link", name="History", exact=True))
    past = publisher.locator(".past-notes li")
    expect(past).to_contain_text(f"on “{PASSAGE}”: Is it one hour?")
    expect(past).to_contain_text("The label says one.")
    expect(past).to_contain_text("Resolved at publication by paul")

    reader = new_page()
    reader.goto(address)
    expect(reader.get_by_text(PASSAGE)).to_be_visible()
    html = reader.content()
    assert "Is it one hour?" not in html
    assert "The label says one." not in html


def test_a_note_keeps_to_its_passage_while_the_text_is_written(opened_by):
    page = opened_by("noor")
    note_on(page, PASSAGE, "One hour?")
    note_on(page, "Call one person.", "Whom?")
    page.locator(".ProseMirror h2").click()
    page.keyboard.press("Home")
    page.keyboard.type("Call one person. ")  # the same words once more, further away
    expect(notes(page).nth(0)).to_contain_text("Whom?")
    expect(notes(page).nth(1)).to_contain_text("One hour?")
    select(page, PASSAGE)
    page.keyboard.type("Wait.")
    gone = notes(page).filter(has_text="One hour?").locator(".gone")
    expect(gone).to_be_visible()
    page.keyboard.press("Control+z")
    expect(gone).to_be_hidden()
    page.keyboard.press("Control+z")


def test_of_passages_alike_the_one_that_was_selected_is_marked(opened_by):
    page = opened_by("noor")
    page.locator(".ProseMirror p", has_text="Call one person.").last.click(click_count=3)
    page.get_by_role("button", name="Note on these words").click()
    page.keyboard.type("The second one?")
    page.get_by_role("button", name="Add note").click()
    expect(notes(page)).to_have_count(1)
    place = (
        "() => [...[...CSS.highlights.get('article-notes')][0].startContainer.parentElement.parentElement.children]"
    )
    at = page.evaluate(
        f"({place})().indexOf([...CSS.highlights.get('article-notes')][0].startContainer.parentElement)"
    )
    assert at == 3


def test_what_is_typed_survives_a_lost_network_a_reload_and_an_ended_session(opened_by):
    page = opened_by("noor")
    select(page, PASSAGE)
    page.get_by_role("button", name="Note on these words").click()
    page.keyboard.type("Typed for an hour")
    page.context.set_offline(True)
    page.get_by_role("button", name="Add note").click()
    trouble = page.locator("#article-notes [data-trouble]")
    expect(trouble).to_have_text("There is no connection. What you wrote is still here.")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_label("Note", exact=True)).to_have_value("Typed for an hour")
    expect(page.get_by_label("Passage")).to_have_value(PASSAGE)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Add note").click()
    expect(trouble).to_contain_text("You are logged out.")
    expect(page.get_by_label("Note", exact=True)).to_have_value("Typed for an hour")
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Add note").click()
    expect(notes(page)).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Note", exact=True)).to_have_value("")
    expect(notes(page)).to_have_count(1)


def test_a_note_that_is_refused_keeps_the_words_and_an_answer_keeps_those_of_others(opened_by):
    page = opened_by("noor")
    note_on(page, PASSAGE, "One hour?")
    page.get_by_label("Passage").fill("Half a passage")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("alert").filter(has_text="The note was not saved.")).to_contain_text("required")
    expect(page.get_by_label("Passage")).to_have_value("Half a passage")
    page.get_by_label("Note", exact=True).fill("Half a note")
    page.get_by_label("Answer to noor").fill("Yes.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(notes(page).locator(".answers")).to_contain_text("Yes.")
    expect(page.get_by_label("Answer to noor")).to_have_value("")
    expect(page.get_by_label("Note", exact=True)).to_have_value("Half a note")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("No open notes.")).to_be_visible()
    assert page.evaluate(MARKED, "article-notes") == []


def test_without_javascript_a_plain_form_does_the_same(opened_by):
    page = opened_by("rosa", java_script_enabled=False)
    page.get_by_label("Passage").fill(PASSAGE)
    page.get_by_label("Note", exact=True).fill("One hour?")
    follow(page.get_by_role("button", name="Add note"))
    expect(notes(page)).to_contain_text("One hour?")
    expect(notes(page).locator(".gone")).to_be_hidden()
    page.get_by_label("Answer to rosa").fill("I looked it up.")
    follow(page.get_by_role("button", name="Answer", exact=True))
    expect(notes(page).locator(".answers")).to_contain_text("I looked it up.")
    follow(page.get_by_role("button", name="Resolve"))
    expect(page.get_by_text("No open notes.")).to_be_visible()


def test_on_a_phone_the_button_comes_to_the_selected_words(opened_by):
    page = opened_by("noor", viewport=PHONE)
    button = page.get_by_role("button", name="Note on these words")
    select(page, PASSAGE)
    expect(button).to_be_in_viewport()
    note_on_selected(page, PASSAGE, "One hour?")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_what_one_person_typed_and_did_not_send_is_not_there_for_the_next_one_in_the_tab(opened_by, draft):
    page = opened_by("noor")
    select(page, PASSAGE)
    page.get_by_role("button", name="Note on these words").click()
    page.keyboard.type("Of noor alone")
    follow(page.get_by_role("button", name="Log out"))
    log_in(page, "rosa")
    page.goto(draft)
    expect(page.get_by_label("Note", exact=True)).to_have_value("")
    assert "Of noor alone" not in page.evaluate("JSON.stringify(sessionStorage)")
