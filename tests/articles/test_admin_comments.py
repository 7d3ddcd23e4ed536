"""Comments decided as cards: what the buttons do, for whom, and what nobody else ever sees."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from articles import own_links
from articles.models import Comment, HeldWord, PrivateAnswer
from articles.moderation import Flag
from tests.articles.factories import make_article

pytestmark = pytest.mark.django_db
DECIDE = "/admin/articles/comment/decide/"
CANARY = "zanzibarville"


def staff(name: str, *codenames: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def moderator() -> Client:
    return staff("mo", "view_comment", "change_comment", "view_article")


@pytest.fixture
def article():
    return make_article()


def hold(article, text: str, name: str = "Sam") -> Comment:
    comment = Comment(article=article, name=name, text=text)
    comment.hold()
    return comment


def act(client, decision: str, *comments, **typed):
    """What a button of the page sends, answered as its script is."""
    sent = {"decision": decision, "comment": [comment.handle for comment in comments]} | typed
    return client.post(DECIDE, sent, headers={"accept": "application/json"})


def status_of(comment) -> str:
    return Comment.objects.get(pk=comment.pk).status


def words_of(answer) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


# The page


def test_a_card_shows_all_that_is_needed_and_who_may_be_in_danger_first(moderator, article):
    hold(article, "It helped me.")
    hold(article, "visit www.pills.example")
    asked = Comment.objects.create(article=article, name="Ana", text="How long did it take?", status="approved")
    reply = Comment(
        article=article, parent=asked, name="<b>Kim", text=f"I want to die tonight.\n{'word ' * 300}<i>end"
    )
    reply.hold()
    answer = moderator.get(DECIDE)
    page = answer.content.decode()
    assert [comment.text[:8] for comment, _next in answer.context["cards"]] == ["I want t", "visit ww", "It helpe"]
    card = page.split('<article class="card')[1]
    for part in ("How long did it take?", "self-harm or overdose", "&lt;b&gt;Kim", "&lt;i&gt;end", "Starting again"):
        assert part in card
    assert f"I want to die tonight.\n{'word ' * 300}" in card  # whole, with its lines
    assert f'href="{article.get_absolute_url()}"' in card
    assert "<i>end" not in page


def test_the_first_page_of_the_admin_leads_to_the_cards(moderator, article):
    hold(article, "I want to die tonight.")
    page = moderator.get("/admin/").content.decode()
    assert "1 comment of somebody who may be in danger" in words_of(moderator.get("/admin/")).replace("\xa0", " ")
    assert f'href="{DECIDE}"' in page


def test_the_list_and_the_page_of_a_comment_lead_to_the_cards_and_save_nothing(moderator, article):
    comment = hold(article, "It helped me.")
    assert DECIDE in moderator.get("/admin/articles/comment/").content.decode()
    page = moderator.get(f"/admin/articles/comment/{comment.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    for decision in ("approve", "reject", "reply", "answer", "hide-name"):
        assert f'name="decision" value="{decision}" formaction="{DECIDE}"' in page


# Decisions


def test_each_button_is_a_plain_post_that_leads_to_the_next_card(moderator, article):
    first, second = hold(article, "It helped me."), hold(article, "It helped us.")
    sent = {"decision": "approve", "comment": first.handle, "next": second.pk}
    answer = moderator.post(DECIDE, sent, follow=True)
    assert answer.redirect_chain == [(f"{DECIDE}#card-{second.pk}", 302)]
    assert "Approved: “It helped me.”." in words_of(answer)
    assert status_of(first) == "approved"
    answer = moderator.post(DECIDE, {"decision": "reject", "comment": second.handle, "next": ""}, follow=True)
    assert "No comments are waiting." in words_of(answer)
    assert status_of(second) == "rejected"
    assert Comment.objects.get(pk=first.pk).decided_by.username == "mo"
    assert LogEntry.objects.get(object_id=str(first.pk)).change_message == "Approved."


def test_the_page_of_one_comment_decides_it_and_stays(moderator, article):
    comment = hold(article, "It helped me.")
    sent = {"decision": "reject", "comment": comment.handle, "page": comment.pk}
    answer = moderator.post(DECIDE, sent)
    assert answer["Location"] == f"/admin/articles/comment/{comment.pk}/change/"
    comment.refresh_from_db()
    act(moderator, "approve", comment)  # on a second thought
    assert status_of(comment) == "approved"


def test_of_two_moderators_the_second_is_told_who_decided_and_changes_nothing(moderator, article):
    other = staff("ola", "view_comment", "change_comment")
    comment = hold(article, "It helped me.")
    act(other, "reject", comment)
    for decision, typed in (("approve", {}), ("reply", {"reply": "Thank you."})):
        answer = act(moderator, decision, comment, **typed)
        assert answer.status_code == 409
        assert "Already rejected by ola" in answer.json()["sentence"]
        assert answer.json()["gone"] == [comment.pk]
    assert status_of(comment) == "rejected"
    assert Comment.objects.count() == 1
    assert LogEntry.objects.count() == 1
    told = moderator.post(DECIDE, {"decision": "approve", "comment": comment.handle}, follow=True)
    assert "Already rejected by ola" in words_of(told)


def test_undo_takes_back_the_last_decisions_one_after_the_other(moderator, article):
    comments = [hold(article, f"Day {number}.") for number in range(3)]
    reported = Comment.objects.create(article=article, name="Ana", text="Words.", status="approved", reports=2)
    act(moderator, "reject", reported)
    act(moderator, "approve", *comments)
    assert act(moderator, "undo").json()["back"] == [comment.pk for comment in comments]
    assert [status_of(comment) for comment in comments] == ["held"] * 3
    assert act(moderator, "undo").json()["back"] == [reported.pk]
    reported.refresh_from_db()
    assert (reported.status, reported.reports, reported.decided_by, reported.decided_at) == ("approved", 2, None, None)
    assert act(moderator, "undo").status_code == 409
    assert act(moderator, "approve", comments[0]).status_code == 200  # its card is as good as before


def test_undo_leaves_what_somebody_else_has_decided_since(moderator, article):
    comment = hold(article, "It helped me.")
    act(moderator, "approve", comment)
    comment.refresh_from_db()
    act(staff("ola", "change_comment"), "reject", comment)
    answer = act(moderator, "undo")
    assert (answer.status_code, status_of(comment)) == (409, "rejected")
    assert "nothing was undone" in answer.json()["sentence"]


def test_the_session_of_a_moderator_holds_no_text(moderator, article):
    act(moderator, "reply", hold(article, CANARY, name=CANARY), reply=f"Thank you, {CANARY}.")
    assert "decisions on comments" in moderator.session
    assert CANARY not in str(dict(moderator.session))


def test_approve_the_rest_are_those_that_were_shown_without_a_flag(moderator, article):
    shown = [hold(article, "It helped me."), hold(article, "It helped us.")]
    flagged = hold(article, "visit www.pills.example")
    page = moderator.get(DECIDE).content.decode().split('id="rest"')[1]
    assert "Approve the rest: <span data-count>2</span>" in page
    handles = re.findall(r'name="comment" value="([^"]+)"', page)
    later = hold(article, "It came later.")
    moderator.post(DECIDE, {"decision": "approve", "comment": handles})
    assert [status_of(comment) for comment in (*shown, flagged, later)] == ["approved", "approved", "held", "held"]


def test_106_spam_are_rejected_in_one_go_and_nobody_in_danger_is_among_them(moderator, article):
    for number in range(106):
        hold(article, f"Best deals, visit www.pills{number}.example")
    danger = hold(article, "I want to die tonight, see www.pills.example")
    good = hold(article, "It helped me.")
    answer = moderator.get(DECIDE)
    spam = answer.context["spam"]
    assert "Reject the 106 flagged as advertisement or link" in words_of(answer)
    answer = moderator.post(
        DECIDE, {"decision": "reject", "comment": [comment.handle for comment in spam]}, follow=True
    )
    assert "Rejected: 106." in words_of(answer)
    assert list(Comment.objects.waiting()) == [danger, good]
    assert LogEntry.objects.count() == 106
    assert len(act(moderator, "undo").json()["back"]) == 106


def test_a_handle_that_is_none_changes_nothing(moderator, article):
    hold(article, "It helped me.")
    for handle in ("", "x", "0-0", "999999-0", "1-2-3", "9" * 40):
        for decision in ("approve", "reply", "answer", "hide-name", "nonsense"):
            answer = moderator.post(DECIDE, {"decision": decision, "comment": handle, "reply": "x", "answer": "x"})
            assert answer.status_code == 302
    assert Comment.objects.get().status == "held"


# What the site says


def test_a_reply_of_the_site_is_public_at_once_and_names_no_editor(moderator, article, client):
    comment = hold(article, "How long did it take?")
    assert act(moderator, "reply", comment, reply="For most people,\nsome months.").status_code == 200
    reply = Comment.objects.get(parent=comment)
    assert (reply.is_from_site, reply.written_by.username, reply.status) == (True, "mo", "approved")
    for path in (article.get_absolute_url(), f"{article.get_absolute_url()}comments/"):
        page = client.get(path).content.decode()
        assert "For most people,<br>some months." in page
        assert page.index("How long") < page.index("from the editors") < page.index("For most people")
        assert "mo</strong>" not in page
        assert f"/comment/{reply.pk}/report/" not in page
    assert client.get(f"{article.get_absolute_url()}comment/{reply.pk}/report/").status_code == 404
    act(moderator, "undo")
    assert not Comment.objects.filter(is_from_site=True).exists()
    assert status_of(comment) == "held"


def test_a_reply_to_a_reply_stands_in_the_same_thread(moderator, article):
    asked = Comment.objects.create(article=article, name="Ana", text="How long?", status="approved")
    answered = Comment(article=article, parent=asked, name="Kim", text="A month.")
    answered.hold()
    act(moderator, "reply", answered, reply="Thank you both.")
    assert Comment.objects.get(is_from_site=True).parent == asked


@pytest.mark.parametrize("decision", ["reply", "answer"])
def test_words_that_may_hurt_are_named_once_and_the_editor_decides(moderator, article, decision):
    comment = hold(article, "I am an addict.")
    typed = {decision: "An addict can call\nat any hour."}
    first = act(moderator, decision, comment, **typed)
    assert first.status_code == 422
    assert "“addict”" in " ".join(first.json()["advice"])
    page = moderator.post(DECIDE, {"decision": decision, "comment": comment.handle} | typed)
    assert "An addict can call\nat any hour.</textarea>" in page.content.decode()  # what was typed is kept
    assert status_of(comment) == "held"
    assert act(moderator, decision, comment, **typed, advised=typed[decision].replace("\n", "\r\n")).status_code == 200


@pytest.mark.parametrize("text", ["", "  \n", "x" * 2001])
def test_a_reply_without_a_text_or_too_long_is_not_sent(moderator, article, text):
    comment = hold(article, "It helped me.")
    assert act(moderator, "reply", comment, reply=text).status_code == 422
    assert act(moderator, "answer", comment, answer=text).status_code == 422
    assert (Comment.objects.count(), PrivateAnswer.objects.count(), status_of(comment)) == (1, 0, "held")


def test_a_hidden_name_is_gone_for_good(moderator, article, client):
    comment = hold(article, "It helped me.", name=CANARY)
    of_comments = ContentType.objects.get_for_model(Comment)
    LogEntry.objects.create(
        user=User.objects.get(username="mo"),
        content_type=of_comments,
        object_id=str(comment.pk),
        object_repr=CANARY,
        action_flag=2,
    )
    Comment.objects.filter(pk=comment.pk).update(status="approved", reports=1)
    answer = act(moderator, "hide-name", comment)
    assert answer.json()["name"] == "A reader"
    assert Comment.objects.get().name == ""
    assert not LogEntry.objects.filter(object_repr__contains=CANARY).exists()
    assert LogEntry.objects.filter(change_message__contains="name").count() == 1
    page = client.get(article.get_absolute_url()).content.decode()
    assert "<strong>A reader</strong>" in page
    assert CANARY not in page
    assert CANARY not in moderator.get(DECIDE).content.decode()
    assert act(moderator, "hide-name", comment).status_code == 409


# An answer for the writer alone


def test_who_only_sees_comments_does_not_read_private_answers(moderator, article):
    comment = hold(article, "I want to die tonight.")
    act(moderator, "answer", comment, answer=f"Please call 988 now. {CANARY}")
    onlooker = staff("ona", "view_comment", "view_article")
    pages = {DECIDE: 200, f"/admin/articles/comment/{comment.pk}/change/": 200}
    assert {page: onlooker.get(page).status_code for page in pages} == pages
    assert not [page for page in pages if CANARY in onlooker.get(page).content.decode()]
    assert [page for page in pages if CANARY in moderator.get(page).content.decode()] == list(pages)


def test_the_answer_is_read_under_the_comments_own_link_alone(moderator, article, client):
    comment = hold(article, "I want to die tonight.")
    link = own_links.address_of(own_links.link_of(comment))
    assert act(moderator, "answer", comment, answer=f"Please call 988 now. {CANARY}").status_code == 200
    assert status_of(comment) == "held"
    act(moderator, "approve", comment)
    here = article.get_absolute_url()
    for path in (
        here,
        f"{here}comments/",
        "/articles/",
        "/articles/feed/",
        f"{here}comment/{comment.pk}/",
        "/",
        f"{here}comment/{comment.pk}/report/",
        "/es/articles/",
        "/sitemap.xml",
    ):
        assert CANARY not in client.get(path, follow=True).content.decode(), path
    assert CANARY in client.get(link).content.decode()
    assert CANARY in moderator.get(f"/admin/articles/comment/{comment.pk}/change/").content.decode()
    for entry in LogEntry.objects.all():
        assert CANARY not in entry.change_message + entry.object_repr
    assert CANARY not in str(PrivateAnswer.objects.get())


# Words to hold


def test_a_listed_word_flags_the_comment_says_which_and_leaves_it_out_of_the_rest(moderator, article):
    HeldWord.objects.create(word="blue bird")
    HeldWord.objects.create(word="gone", is_active=False)
    comment = hold(article, "Look for the B l u e b1rd, blue  b1rd!")
    hold(article, "He is gone.")
    assert (comment.flags, comment.held_words, comment.priority) == ([Flag.HELD_WORDS], ["blue bird"], 1)
    answer = moderator.get(DECIDE)
    assert "held words: blue bird" in words_of(answer)
    assert [each.text for each in answer.context["rest"]] == ["He is gone."]


def test_a_moderator_adds_a_word_in_the_admin_and_what_waits_is_flagged_too(moderator, article):
    hold(article, "Ask for the melinda at the door.")
    sent = {"word": " https://www.Pills.example/now?x=1 ", "reason": "spam since May", "is_active": "on"}
    assert moderator.post("/admin/articles/heldword/add/", sent).status_code == 302
    word = HeldWord.objects.get()
    assert (word.word, word.added_by.username) == ("pills.example", "mo")
    moderator.post("/admin/articles/heldword/add/", {"word": "MELINDA", "is_active": "on"})
    comment = Comment.objects.get()
    assert (comment.flags, comment.held_words, comment.priority) == (["held-words"], ["melinda"], 1)
    page = words_of(moderator.post("/admin/articles/heldword/add/", {"word": "!!", "is_active": "on"}))
    assert "at least two letters" in page
    page = words_of(moderator.post("/admin/articles/heldword/add/", {"word": "melinda", "is_active": "on"}))
    assert "already exists" in page


def test_a_word_is_tried_on_the_last_comments_before_it_is_listed(moderator, article):
    hold(article, "Ask for the melinda at the door.")
    hold(article, "The melindas are here.")
    answer = moderator.get("/admin/articles/heldword/try/", {"word": "Melinda"})
    assert "“melinda” appears in 1 of the last 2 comments. Add it to the list" in words_of(answer)
    assert "Ask for the melinda" in words_of(answer)
    assert moderator.get("/admin/articles/heldword/try/").status_code == 200
    assert HeldWord.objects.count() == 0


# Who may


EVERY_ADDRESS = (DECIDE, "/admin/articles/heldword/", "/admin/articles/heldword/add/", "/admin/articles/heldword/try/")


@pytest.mark.parametrize("group", ["writer", "reviewer"])
def test_who_may_only_look_decides_nothing_and_lists_no_word(group, article):
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    comment, word = hold(article, "It helped me."), HeldWord.objects.create(word="blue bird")
    page = client.get(DECIDE)
    assert "It helped me." in words_of(page)
    assert 'name="decision"' not in page.content.decode()
    assert 'name="decision"' not in client.get(f"/admin/articles/comment/{comment.pk}/change/").content.decode()
    for decision in ("approve", "reject", "reply", "answer", "hide-name", "undo"):
        assert act(client, decision, comment, reply="x", answer="x").status_code == 403
    for path in (*EVERY_ADDRESS[1:], f"/admin/articles/heldword/{word.pk}/change/"):
        assert client.get(path).status_code == 403, path
        assert client.post(path, {"word": "x"}).status_code == 403, path
    assert (status_of(comment), Comment.objects.count(), HeldWord.objects.count()) == ("held", 1, 1)


def test_who_moderates_needs_one_permission_and_others_see_no_card(moderator, article, client):
    hold(article, "It helped me.")
    for path in EVERY_ADDRESS:
        assert moderator.get(path).status_code == 200, path
        assert staff(f"no {path}", "view_article").get(path).status_code == 403, path
        assert client.get(path).status_code == 302, path
    assert Client(enforce_csrf_checks=True).post(DECIDE, {"decision": "approve"}).status_code in (302, 403)
