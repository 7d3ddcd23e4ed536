"""A moderator decides comments in a real browser: by keys alone, in two tabs, with a thumb, without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.article_rows import log_in, make_editor, run_on
from tests.browser.follow import follow
from tests.browser.test_editor import until

LAPTOP = {"width": 1280, "height": 800}
SMALL_PHONE = {"width": 360, "height": 640}
DECIDE = "/admin/articles/comment/decide/"
MAKE_COMMENTS = """
from articles.models import Article, Comment, HeldWord, PrivateAnswer
Comment.objects.all().delete()
HeldWord.objects.all().delete()
article = Article.objects.published().filter(language="en").earliest("pk")
for name, text in data:
    Comment(article=article, name=name, text=text).hold()
print(article.get_absolute_url())
"""
STATES = "SELECT text, status FROM articles_comment WHERE NOT is_from_site ORDER BY id"
TEN = [["Sam", f"Day {number} went well."] for number in range(10)]


@pytest.fixture
def waiting(site):
    """waiting(comments) -> the address of their article; no other comment is there."""
    return lambda comments: run_on(site, MAKE_COMMENTS, comments).strip()


@pytest.fixture(scope="module")
def editor(site) -> str:
    make_editor(site, "mo", "publisher")
    return "mo"


@pytest.fixture
def moderate(new_page, editor):
    """moderate(**options) -> the page of the cards, of a moderator who has just logged in."""
    problems = []

    def open_cards(**options):
        page = new_page(**{"java_script_enabled": True, "viewport": LAPTOP} | options)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and problems.append(message.text))
        log_in(page, editor)
        page.goto(DECIDE)
        return page

    yield open_cards
    assert problems == []


def states(site) -> list[str]:
    return [status for _text, status in site.rows(STATES)]


def current(page):
    return page.locator(".card.is-current")


def test_ten_cards_are_decided_by_keys_alone_and_undone(waiting, moderate, site):
    waiting(TEN)
    page = moderate()
    said = page.locator("#said")
    for number, key in enumerate("arararara"):
        expect(current(page)).to_contain_text(f"Day {number}")
        page.keyboard.press(key)
        expect(current(page)).to_contain_text(f"Day {number + 1}")
        expect(current(page)).to_be_focused()
        expect(said).to_contain_text(f"Day {number} went well.")
    expect(page.locator("#waiting")).to_have_text("1")
    page.keyboard.press("j")
    expect(said).to_have_text("This is the last one on this page.")
    page.keyboard.press("a")
    expect(page.locator("#none")).to_be_focused()
    expect(page.locator("#none")).to_contain_text("No comments are waiting.")
    expect(page.locator("#waiting")).to_have_text("0")
    assert states(site) == ["approved", "rejected"] * 4 + ["approved", "approved"]
    page.keyboard.press("u")
    expect(current(page)).to_contain_text("Day 9")
    page.keyboard.press("u")
    expect(said).to_contain_text("Undone: “Day 8")
    expect(page.locator("#waiting")).to_have_text("2")
    assert states(site)[8:] == ["held", "held"]
    page.reload()
    expect(page.locator(".card")).to_have_count(2)
    page.keyboard.press("u")  # of what is no longer on the page
    expect(page.locator(".card")).to_have_count(3)


def test_keys_pressed_faster_than_the_site_answers_are_all_done(waiting, moderate, site):
    waiting(TEN)
    page = moderate()
    for key in "aaaaarrrrr":
        page.keyboard.press(key)
    expect(page.locator("#waiting")).to_have_text("0")
    assert states(site) == ["approved"] * 5 + ["rejected"] * 5


def test_a_skipped_card_stays_and_the_keys_can_be_turned_off(waiting, moderate, site):
    waiting(TEN[:3])
    page = moderate()
    page.keyboard.press("s")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(current(page)).to_contain_text("Day 1")
    page.keyboard.press("r")
    expect(current(page)).to_contain_text("Day 2")
    page.get_by_label("Keys:").uncheck()
    page.reload()
    page.keyboard.press("a")
    expect(page.get_by_label("Keys:")).not_to_be_checked()
    expect(page.locator("#waiting")).to_have_text("2")
    assert states(site) == ["held", "rejected", "held"]


def test_a_reply_is_typed_under_one_key_and_readers_see_whose_it_is(waiting, moderate, open_page, site):
    article = waiting([["Sam", "How long does it take?"], ["Melinda Fairweather", "It helped me."]])
    page = moderate()
    expect(current(page)).to_contain_text("name of staff or a patient")
    page.keyboard.press("h")
    expect(current(page).locator(".card-name")).to_have_text("A reader")
    page.keyboard.press("j")
    page.keyboard.press("y")
    box = page.get_by_label("Reply as the site").locator("visible=true")
    expect(box).to_be_focused()
    page.keyboard.type("An addict needs raj time.")  # letters of keys are letters here
    expect(page.locator(".card:visible")).to_have_count(2)
    page.get_by_role("button", name="Approve and send the reply").locator("visible=true").click()
    expect(page.locator(".card .errornote")).to_contain_text("“addict”")
    expect(box).to_have_value("An addict needs raj time.")
    box.fill("Everybody needs time.")
    page.get_by_role("button", name="Approve and send the reply").locator("visible=true").click()
    expect(page.locator("#said")).to_contain_text("Approved and replied")
    page.keyboard.press("a")
    expect(page.locator("#waiting")).to_have_text("0")
    reader = open_page(article)
    expect(reader.locator(".from-site")).to_contain_text("Everybody needs time.")
    expect(reader.locator(".from-site")).to_contain_text("from the editors")
    expect(reader.locator(".comments")).to_contain_text("A reader")
    expect(reader.locator(".comments")).not_to_contain_text("Fairweather")


def test_in_two_tabs_the_second_decision_changes_nothing_and_says_so(waiting, moderate, site):
    waiting(TEN[:2])
    one, other = moderate(), moderate()
    one.keyboard.press("a")
    expect(one.locator("#waiting")).to_have_text("1")
    other.keyboard.press("r")
    expect(other.locator("#said")).to_contain_text("Already approved by mo,")
    expect(other.locator("#said")).to_contain_text("Nothing was changed.")
    expect(current(other)).to_contain_text("Day 1")
    assert states(site) == ["approved", "held"]


def test_without_a_network_the_card_comes_back_and_nothing_typed_is_lost(waiting, moderate, site):
    waiting(TEN[:2])
    page = moderate()
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("Not saved")
    expect(current(page)).to_contain_text("Day 0")
    page.keyboard.press("y")
    page.keyboard.type("Thank you for telling us.")
    send = page.get_by_role("button", name="Approve and send the reply").locator("visible=true")
    send.click()
    expect(page.locator("#said")).to_contain_text("Not saved")
    expect(current(page).get_by_label("Reply as the site")).to_have_value("Thank you for telling us.")
    page.context.set_offline(False)
    send.click()
    expect(page.locator("#waiting")).to_have_text("1")
    assert states(site) == ["approved", "held"]


def test_a_session_that_ended_is_said_and_the_card_stays(waiting, moderate, site):
    waiting(TEN[:2])
    page = moderate()
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_contain_text("your session has ended")
    expect(current(page)).to_contain_text("Day 0")
    assert states(site) == ["held", "held"]


@pytest.mark.parametrize("script", [True, False])
def test_106_spam_go_in_one_press_and_the_rest_are_approved_in_another(waiting, moderate, site, script):
    spam = [["Deals", f"Best prices, visit www.pills{number}.example today"] for number in range(106)]
    waiting([["Kim", "I want to die tonight."], *spam, *TEN[:3]])
    page = moderate(java_script_enabled=script)
    page.get_by_text("Reject the 106 flagged as advertisement or link").click()
    follow(page.get_by_role("button", name="Reject those that are ticked"))
    expect(page.locator(".messagelist")).to_contain_text("Rejected: 106.")
    expect(page.locator(".card")).to_have_count(4)
    expect(page.locator(".card").first).to_contain_text("self-harm or overdose")
    run_on(
        site,
        "from articles.models import Article, Comment\nComment(article=Article.objects.earliest('pk'), "
        "name='Later', text='It came later.').hold()",
        None,
    )
    page.get_by_text("Approve the rest: 3 shown above").click()
    follow(page.get_by_role("button", name="Approve those that are ticked"))
    expect(page.locator(".messagelist")).to_contain_text("Approved: 3.")
    assert states(site) == ["held", *["rejected"] * 106, *["approved"] * 3, "held"]


def test_what_was_decided_by_key_is_not_approved_with_the_rest(waiting, moderate, site):
    waiting(TEN[:3])
    page = moderate()
    page.keyboard.press("r")
    expect(page.locator("#rest [data-count]")).to_have_text("2")
    expect(page.locator("#waiting")).to_have_text("2")
    page.locator("#rest summary").click()
    follow(page.get_by_role("button", name="Approve those that are ticked"))
    assert states(site) == ["rejected", "approved", "approved"]
    page.go_back()
    expect(page.locator(".card")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False])
def test_a_thumb_decides_on_a_small_phone(waiting, moderate, site, script):
    waiting([["Ana", "A very long word: " + "x" * 120 + "\nwww.pills.example"], *TEN[:2]])
    page = moderate(viewport=SMALL_PHONE, has_touch=True, java_script_enabled=script)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
    for name in ("Approve", "Reject"):
        box = page.get_by_role("button", name=name, exact=True).first.bounding_box()
        assert box["height"] >= 44, name
        assert box["width"] >= 100, name
    page.get_by_role("button", name="Reject", exact=True).first.tap()
    expect(page.locator("#waiting")).to_have_text("2")
    page.get_by_role("button", name="Approve", exact=True).locator("visible=true").first.tap()
    expect(page.locator("#waiting")).to_have_text("1")
    page.get_by_role("button", name="Undo the last decision").tap()
    expect(page.locator("#waiting")).to_have_text("2")
    assert states(site) == ["rejected", "held", "held"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_cards_have_no_barrier(waiting, moderate, scheme):
    waiting([["Kim", "I want to die tonight."], ["Deals", "visit www.pills.example"], *TEN[:2]])
    page = moderate(bypass_csp=True, color_scheme=scheme)
    for details in page.locator("details").all():
        details.evaluate("each => each.open = true")
    answer = Axe().run(page, context=".cards").response
    assert [(each["id"], each["nodes"][0]["html"]) for each in answer["violations"]] == []
    assert answer["passes"]


def test_the_list_gives_the_comment_the_width(waiting, moderate):
    waiting([["Kim", "It took a long time, and then it did get better for me. " * 5]])
    page = moderate()
    page.goto("/admin/articles/comment/")
    widths = {
        name: page.locator(f"td.field-{name}, th.field-{name}").first.bounding_box()["width"]
        for name in ("says", "on_article", "status")
    }
    assert widths["says"] > 350
    assert widths["says"] > 1.5 * widths["on_article"]
    list_ends = page.locator(".results").bounding_box()
    status = page.locator("td.field-status").first.bounding_box()
    assert status["x"] + status["width"] <= list_ends["x"] + list_ends["width"] + 1


def test_the_writer_reads_the_answer_under_their_own_link_alone(waiting, moderate, open_page, new_page, site):
    article = waiting([])
    writer = new_page(java_script_enabled=True, permissions=["clipboard-read", "clipboard-write"], bypass_csp=True)
    writer.goto(f"{article}comment/")
    writer.get_by_label("Name to show").fill("Kim")
    writer.get_by_label("Your comment").fill("I want to die tonight.")

    def sent() -> bool:  # at first it was too fast
        follow(writer.get_by_role("button", name="Send it"))
        return writer.get_by_role("heading", level=1).text_content() == "Please get help now"

    until(sent)
    writer.get_by_role("button", name="Copy the link").click()
    expect(writer.get_by_text("Copied.")).to_be_visible()
    link = writer.evaluate("navigator.clipboard.readText()")
    follow(writer.get_by_role("link", name=link))
    expect(writer.locator(".crisis")).to_contain_text("988")
    expect(writer.locator("main")).to_contain_text("No editor has answered here yet.")
    assert Axe().run(writer, context="main").response["violations"] == []
    page = moderate()
    page.keyboard.press("w")
    page.keyboard.type("You matter to us. Please call 988 now.")
    page.get_by_role("button", name="Leave the answer").locator("visible=true").click()
    expect(page.locator(".answers-given")).to_contain_text("You matter to us.")
    page.keyboard.press("a")
    expect(page.locator("#waiting")).to_have_text("0")
    phone = new_page(viewport=SMALL_PHONE)
    phone.goto(link)
    expect(phone.locator("main")).to_contain_text("You matter to us.")
    expect(phone.locator("main")).to_contain_text("It is shown below the article.")
    assert phone.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
    assert phone.context.cookies() == []
    assert phone.locator("main").inner_text().index("988") < phone.locator("main").inner_text().index("You matter")
    reader = open_page(article)
    expect(reader.locator(".comments")).to_contain_text("I want to die tonight.")
    expect(reader.locator("body")).not_to_contain_text("You matter to us.")
