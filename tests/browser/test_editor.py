"""The whole work of an editor in a real browser, from the log-in to a moderated comment."""

import io
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, make_reviewer, run_on
from tests.browser.follow import follow

LAPTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 640}
PATIENCE_SECONDS = 30
UNTIL_PUBLISHED_SECONDS = 20
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MAKE_PEOPLE = """
from articles.models import Person, Topic
for name in data:
    Person.objects.get_or_create(name=name)
Topic.objects.get_or_create(slug="relapse", defaults={"name": "Return to use", "presets": ["doctors"]})
"""


def photograph(name: str) -> dict:
    image = Image.new("RGB", (1200, 800), "#3a7d6c")
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-CANARY"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def until(done) -> None:
    """Repeat the check until it is true, with a page of the site between two checks."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline


def choose(page, label: str, name: str) -> None:
    page.get_by_label(label, exact=True).select_option(label=name)


def insert_picture(page) -> None:
    page.get_by_role("button", name="Picture", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File").set_input_files({"name": "door.jpg", "mimeType": "image/jpeg", "buffer": SVG})
    dialog.get_by_label("What it shows").fill("An open door")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog.get_by_role("alert")).to_contain_text("can hold programs")
    dialog.get_by_label("File").set_input_files(photograph("door.jpg"))
    dialog.get_by_label("What it shows").fill("")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog.get_by_role("alert")).to_contain_text("alternative text")
    dialog.get_by_label("What it shows").fill("An open door")
    dialog.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def write_article(page) -> None:
    follow(page.get_by_role("link", name="Add article"))
    page.get_by_label("Title:").fill("A second start")
    page.get_by_label("Summary:").fill("What to do in the first week.")
    expect(page.get_by_label("Slug:")).to_have_value("a-second-start")
    text = page.locator(".ProseMirror")
    text.click()
    page.get_by_role("button", name="Heading", exact=True).click()
    expect(text.locator("h2")).to_have_count(1)
    expect(text).to_be_focused()  # the editor takes the focus back in the next frame
    page.keyboard.type("The first day")
    page.keyboard.press("Enter")
    page.keyboard.type("An addict can call one person.")
    page.keyboard.press("Enter")
    expect(text.locator("h2")).to_have_text("The first day")
    page.get_by_role("button", name="Clinics").click()
    page.get_by_role("dialog").get_by_label("Which clinics?").select_option("detox")
    page.get_by_role("dialog").get_by_role("button", name="Insert").click()
    expect(page.locator(".ProseMirror directory-block")).to_have_text("Clinics: Detox")
    page.get_by_role("button", name="Rule").click()
    page.get_by_role("dialog").get_by_label("Which rule?").select_option("three-day-rule")
    page.get_by_role("dialog").get_by_role("button", name="Insert").click()
    expect(page.locator(".ProseMirror rule-block")).to_have_text("Rule: Medicine from an emergency department")
    insert_picture(page)
    expect(page.locator(".ProseMirror img")).to_have_attribute("alt", "An open door")
    follow(page.get_by_role("button", name="Save and continue editing"))
    expect(page.locator("#advice")).to_contain_text("“addict”")


def see_refusal_and_mend(page) -> None:
    follow(page.get_by_role("button", name="Hand in for review"))
    expect(page.locator(".messagelist")).to_contain_text("in review")
    follow(page.get_by_role("button", name="Publish now"))
    for sentence in ("Name an author.", "Have a clinician review this text", "Cite at least one source."):
        expect(page.locator(".messagelist")).to_contain_text(sentence)
    choose(page, "Author:", "Ana Reyes")
    page.locator("#id_citations-0-title").fill("Treatment and Recovery")
    page.locator("#id_citations-0-publisher").fill("NIDA")
    page.locator("#id_citations-0-url").fill("https://nida.nih.gov/")
    page.locator(".ProseMirror p", has_text="An addict can call one person.").click(click_count=3)
    page.keyboard.type("Anyone can call one person.")
    expect(page.locator(".ProseMirror")).not_to_contain_text("An addict")
    expect(page.locator(".ProseMirror h2")).to_have_text("The first day")
    page.get_by_role("button", name="Check the text as it stands").click()
    expect(page.locator("#advice")).not_to_contain_text("“addict”")


def have_it_reviewed(page, new_page, site) -> None:
    """By somebody else, with an account of her own, on a phone and without JavaScript."""
    follow(page.get_by_role("button", name="Save and continue editing"))
    make_reviewer(site, "reviewer", "Cara Lind")
    reviewer = new_page(viewport=PHONE)
    log_in(reviewer, "reviewer")
    reviewer.goto(page.url)
    follow(reviewer.get_by_role("link", name="Medical review"))
    expect(reviewer.locator(".review-words")).to_contain_text("Anyone can call one person.")
    reviewer.get_by_label("Note to the writer").fill("Well said.")
    follow(reviewer.get_by_role("button", name="I have reviewed this text: approve"))
    expect(reviewer.locator(".messagelist")).to_contain_text("approved by Cara Lind, MD")
    reviewer.reload()
    expect(reviewer.locator("body")).to_contain_text("Reviewed as it stands")
    page.reload()


def schedule(page) -> None:
    soon = datetime.now(ZoneInfo("America/New_York")) + timedelta(seconds=UNTIL_PUBLISHED_SECONDS)
    page.locator("#id_publish_on_0").fill(f"{soon:%Y-%m-%d}")
    page.locator("#id_publish_on_1").fill(f"{soon:%H:%M:%S}")
    follow(page.get_by_role("button", name="Schedule"))
    expect(page.locator(".messagelist")).to_contain_text("scheduled")


@pytest.fixture
def page(new_page, site):
    run_on(site, MAKE_PEOPLE, ["Ana Reyes", "Ben Osei"])
    make_editor(site, "editor", "publisher")
    page = new_page(java_script_enabled=True, viewport=LAPTOP)
    problems = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    log_in(page, "editor")
    yield page
    # The browser also logs the status of a refused upload. There is no other error, and no violation of the policy.
    assert [text for text in problems if "400 (Bad Request)" not in text] == []


def test_an_editor_writes_publishes_and_moderates(page, open_page, new_page, site):
    write_article(page)
    see_refusal_and_mend(page)
    have_it_reviewed(page, new_page, site)
    schedule(page)
    preview = page.get_by_label("Link to the preview").input_value()
    colleague = open_page(preview)
    expect(colleague.get_by_role("heading", level=1)).to_have_text("A second start")
    expect(colleague.get_by_text("readers do not see this page")).to_be_visible()
    reader = new_page()
    until(lambda: reader.goto("/articles/a-second-start/").status == 200)
    expect(reader.get_by_role("heading", name="The first day")).to_be_visible()
    expect(reader.get_by_role("link", name="Detox near you")).to_be_visible()
    picture = reader.get_by_role("img", name="An open door")
    assert (picture.get_attribute("width"), picture.get_attribute("height")) == ("1200", "800")
    assert b"CANARY" not in reader.request.get(picture.get_attribute("src")).body()
    expect(open_page("/articles/").get_by_role("link", name="A second start")).to_be_visible()
    revise_and_restore(page, reader)
    comment_and_moderate(page, reader)


def revise_and_restore(page, reader) -> None:
    page.get_by_label("Title:").fill("A third start")
    follow(page.get_by_role("button", name="Save and continue editing"))
    reader.reload()
    expect(reader.get_by_role("heading", level=1)).to_have_text("A third start")
    expect(reader.locator(".byline")).to_contain_text("by Cara Lind, MD; changed since then.")
    follow(page.get_by_role("link", name="History", exact=True))
    newest = page.locator(".revisions > li").first
    expect(newest.locator("del")).to_have_text("second")
    expect(newest.locator("ins")).to_have_text("third")
    expect(newest).to_contain_text("editor")
    follow(page.get_by_role("link", name="Look at what restoring it would change").first)
    expect(page.locator(".revisions ins")).to_have_text("second")
    follow(page.get_by_role("button", name="Restore it as the next version"))
    expect(page.locator(".messagelist")).to_contain_text("Restored as it was")
    reader.reload()
    expect(reader.get_by_role("heading", level=1)).to_have_text("A third start")
    follow(page.get_by_role("button", name="Hand in for review"))
    follow(page.get_by_role("button", name="Publish over the live article"))
    reader.reload()
    expect(reader.get_by_role("heading", level=1)).to_have_text("A second start")
    expect(reader.locator(".byline")).to_contain_text("Medical review: Cara Lind, MD")


def comment_and_moderate(page, reader) -> None:
    follow(reader.get_by_role("link", name="Write a comment"))
    reader.get_by_label("Name to show").fill("Sam")
    reader.get_by_label("Your comment").fill("It helped my brother.")

    def sent() -> bool:  # at first it was too fast
        follow(reader.get_by_role("button", name="Send it"))
        return reader.get_by_role("heading", level=1).text_content() == "Thank you"

    until(sent)
    page.goto("/admin/articles/comment/")
    page.locator("tr", has_text="It helped my brother.").get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label="Approve: readers see it")
    follow(page.get_by_role("button", name="Go"))
    expect(page.locator(".messagelist")).to_contain_text("1 approved.")
    reader.goto("/articles/a-second-start/")
    reader.reload()  # not the page that the browser kept
    expect(reader.get_by_text("It helped my brother.")).to_be_visible()
    assert [cookie["name"] for cookie in reader.context.cookies()] == ["csrftoken"]  # of the page that it wrote on


def test_links_of_the_admin_look_like_links_and_are_large_enough(new_page, site):
    make_editor(site, "chief", "publisher")
    page = new_page(java_script_enabled=True, viewport=LAPTOP, bypass_csp=True, color_scheme="light")
    log_in(page, "chief")
    for path in ("/admin/", "/admin/articles/article/", "/admin/articles/comment/"):
        page.goto(path)
        answer = Axe().run(page, options={"runOnly": ["link-in-text-block", "target-size"]}).response
        assert [violation["nodes"][0]["html"] for violation in answer["violations"]] == [], path
        assert answer["passes"], path


def test_a_button_copies_the_link(new_page, site):
    page = new_page(java_script_enabled=True, permissions=["clipboard-read", "clipboard-write"])
    [[slug]] = site.rows("SELECT slug FROM articles_article WHERE status = 'published' AND language = 'en' LIMIT 1")
    page.goto(f"/articles/{slug}/")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator(".after [role=status]")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
