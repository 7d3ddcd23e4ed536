"""Who of the staff is told of what, how each of them wants it, and that nobody is told twice."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail as outbox
from django.db import connection
from django.utils import timezone

from articles import notices
from articles.models import Article, Comment, Notice, NoticeChoice
from articles.models.notices import NoticeChoice as Choice
from core import email
from core.models import OutgoingEmail
from tests.articles.factories import make_article
from tests.articles.staff import make_staff, take_step

pytestmark = pytest.mark.django_db
Event, How = Choice.Event, Choice.How
DRAFT = {"status": "draft", "publish_at": None}


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://waypost.example"


def article_of(user: User, title="Starting again", **columns) -> Article:
    article = make_article(title, **DRAFT | columns)
    article.history.update(history_user=user)
    return article


def mails() -> list[tuple[str, str]]:
    """(name of who gets it, subject) of the mails that left since the last call, by name."""
    outbox.outbox.clear()
    email.send_waiting()
    return sorted((message.to[0].partition("@")[0], message.subject) for message in outbox.outbox)


def choose(user: User, event: str, how: str) -> None:
    Choice.objects.update_or_create(user=user, event=event, defaults={"how": how})


# Who is told of what


def test_handed_in_sent_back_and_published_each_reach_whom_they_concern(wren, rosa, paul):
    article = article_of(wren)
    take_step(wren, article, "submit")
    assert mails() == [(who, "Handed in for review: Starting again") for who in ("paul", "rosa")]
    take_step(rosa, article, "send_back")
    assert mails() == [("wren", "Sent back: Starting again")]
    take_step(wren, article, "submit")
    assert len(mails()) == 2  # handed in again is another event
    take_step(paul, article, "publish")
    assert mails() == [("wren", "Published: Starting again")]


def test_the_whole_text_of_the_mail_to_whom_an_article_was_sent_back(wren, rosa, settings):
    article = article_of(wren, "Naloxone & you")
    article.notes.create(text="Which dose?", author=rosa)
    notices.sent_back(article, rosa, "The dose is missing.\nSee the label: 4 < 8 mg.")
    mails()
    [message] = outbox.outbox
    assert message.from_email == settings.DEFAULT_FROM_EMAIL
    assert (message.to, message.subject) == (["wren@site.example"], "Sent back: Naloxone & you")
    assert (
        message.body
        == f"""rosa sent “Naloxone & you” back to you.

rosa wrote:
The dose is missing.
See the label: 4 < 8 mg.

1 note stands beside the text.

https://waypost.example/admin/articles/article/{article.pk}/change/

Which mails you get, and when, you choose here:
https://waypost.example/admin/articles/article/notices/

Waypost
"""
    )


def test_an_approval_reaches_the_writer_and_a_scheduled_article_says_from_when(wren, rosa, paul):
    article = article_of(wren, status="in-review")
    notices.approved(article, rosa)
    assert mails() == [("wren", "Approved: Starting again")]
    when = timezone.localtime() + timedelta(days=2)
    take_step(paul, article, "schedule", publish_on_0=f"{when:%Y-%m-%d}", publish_on_1="09:30:00")  # New York time
    assert mails() == [("wren", "Published: Starting again")]
    assert f"Readers see it from {when:%B %-d, %Y}, 09:30 on." in outbox.outbox[0].body


def test_the_writer_is_who_handed_it_in_even_if_another_began_it(wren, rosa):
    other = make_staff("otto", "writer")
    article = article_of(wren)
    take_step(other, article, "submit")
    take_step(rosa, article, "send_back")
    assert [who for who, subject in mails() if subject.startswith("Sent back")] == ["otto"]


def test_nobody_is_told_of_what_they_did_themselves(paul):
    article = article_of(paul)
    take_step(paul, article, "submit")
    take_step(paul, article, "publish")
    take_step(paul, article, "send_back")
    assert mails() == []
    assert article.status == "draft"


def test_people_without_the_right_an_address_or_an_open_account_are_not_told(wren):
    User.objects.create_user("owner", "owner@clinic.example")
    make_staff("gone", "publisher", is_active=False)
    make_staff("caller")
    nameless = make_staff("nameless", "publisher")
    User.objects.filter(pk=nameless.pk).update(email="")
    former = make_staff("former", "publisher")
    User.objects.filter(pk=former.pk).update(is_staff=False)
    article = article_of(wren)
    take_step(wren, article, "submit")
    notices.tell_of_dead_link("https://x.example/", [article])
    Comment(article=article, name="Sam", text="I want to die").hold()
    assert mails() == []


def test_who_lost_the_right_before_the_mail_left_does_not_get_it(wren, rosa):
    take_step(wren, article_of(wren), "submit")
    rosa.groups.clear()
    assert mails() == []
    assert not OutgoingEmail.objects.exists()  # not wanted any more


def test_an_article_of_the_site_itself_has_no_writer_to_tell(rosa):
    notices.sent_back(make_article(**DRAFT), rosa)
    assert mails() == []


# Danger


def test_a_comment_that_signals_danger_reaches_all_moderators_at_once_and_says_nothing_of_it(wren, paul):
    other = make_staff("mona")
    other.user_permissions.add(*permission("change_comment"))
    choose(paul, Event.DANGER, How.NEVER)  # no page offers that, and it does not count
    comment = Comment(article=make_article(), name="Riverstone", text="I want to die tonight")
    comment.hold()
    assert mails() == [(who, "A comment may come from somebody in danger") for who in ("mona", "paul")]
    for message in outbox.outbox:
        assert message.body == (
            "A comment that may come from somebody in danger waits to be read.\n\n"
            "https://waypost.example/admin/articles/comment/\n\nWaypost\n"
        )
    for row in OutgoingEmail.objects.all():
        assert "die" not in str(row.context)
    comment.hold()
    Comment(article=comment.article, name="Sam", text="It helped.").hold()
    assert mails() == []


def test_a_comment_that_was_judged_before_the_mail_left_needs_nobody(paul):
    comment = Comment(article=make_article(), name="Sam", text="I want to die")
    comment.hold()
    Comment.objects.decide([comment.handle], Comment.Status.REJECTED, paul)
    assert mails() == []


def permission(codename: str):
    return Group.permissions.field.related_model.objects.filter(codename=codename)


# At once, daily, never


def tell(event: str, article: Article, people) -> None:
    """Let the event happen."""
    wren, rosa, paul = people
    {
        Event.HANDED_IN: lambda: notices.handed_in(article, wren),
        Event.SENT_BACK: lambda: notices.sent_back(article, rosa),
        Event.APPROVED: lambda: notices.approved(article, rosa),
        Event.PUBLISHED: lambda: notices.published(article, paul),
        Event.REVIEW_DUE: lambda: notices.tell_of_reviews_due(),
        Event.DEAD_LINK: lambda: notices.tell_of_dead_link("https://gone.example/a?b=1&c=2", [article]),
    }[event]()


STATE = {
    Event.HANDED_IN: {"status": "in-review", "publish_at": None},
    Event.SENT_BACK: DRAFT,
    Event.APPROVED: {"status": "in-review", "publish_at": None},
    Event.PUBLISHED: {"status": "published", "publish_at": timezone.now()},
    Event.REVIEW_DUE: {"status": "published", "publish_at": timezone.now()},
    Event.DEAD_LINK: {"status": "published", "publish_at": timezone.now()},
}
LINK = '<p><a href="https://gone.example/a?b=1&amp;c=2">A page</a></p>'
TOLD = {
    Event.HANDED_IN: ["paul", "rosa"],
    Event.SENT_BACK: ["wren"],
    Event.APPROVED: ["wren"],
    Event.PUBLISHED: ["wren"],
    Event.REVIEW_DUE: ["paul", "rosa"],
    Event.DEAD_LINK: ["paul"],
}


def happened(event: str, wren) -> Article:
    due = timezone.localdate() + timedelta(days=30)
    return article_of(wren, body=LINK, review_due_on=due, **STATE[event])


@pytest.mark.parametrize("event", TOLD)
def test_who_wants_it_at_once_is_told_at_once_and_only_once(event, wren, rosa, paul):
    for user in (wren, rosa, paul):
        choose(user, event, How.AT_ONCE)
    article = happened(event, wren)
    for _again in range(2):
        tell(event, article, (wren, rosa, paul))
    assert [who for who, _subject in mails()] == TOLD[event]
    assert notices.mail_digests() == "0 daily mails"
    assert mails() == []


@pytest.mark.parametrize("event", TOLD)
def test_who_wants_it_daily_has_it_in_the_next_daily_mail_and_only_there(event, wren, rosa, paul):
    for user in (wren, rosa, paul):
        choose(user, event, How.DAILY)
    article = happened(event, wren)
    for _again in range(2):
        tell(event, article, (wren, rosa, paul))
    assert mails() == []
    notices.mail_digests(), notices.mail_digests()
    assert mails() == [(who, "What waits for you at Waypost") for who in TOLD[event]]
    assert all(message.body.count("Starting again") == 1 for message in outbox.outbox)
    tell(event, article, (wren, rosa, paul))
    notices.mail_digests()
    assert mails() == []


@pytest.mark.parametrize("event", TOLD)
def test_who_wants_no_mail_has_none_even_after_changing_their_mind(event, wren, rosa, paul):
    for user in (wren, rosa, paul):
        choose(user, event, How.NEVER)
    tell(event, happened(event, wren), (wren, rosa, paul))
    NoticeChoice.objects.update(how=How.DAILY)
    notices.mail_digests()
    assert mails() == []


def test_the_whole_text_of_a_daily_mail(wren, paul):
    handed_in = article_of(wren, "Naloxone & you", status="in-review")
    linked = article_of(wren, "Links", body=LINK, status="published", publish_at=timezone.now())
    choose(paul, Event.HANDED_IN, How.DAILY)
    notices.handed_in(handed_in, wren)
    tell(Event.DEAD_LINK, linked, (wren, None, paul))
    notices.mail_digests()
    mails()
    [message] = outbox.outbox
    assert (
        message.body
        == f"""This waits for you.

wren handed in “Naloxone & you” for review.

https://waypost.example/admin/articles/article/{handed_in.pk}/change/

A link in “Links” leads nowhere any more:
https://gone.example/a?b=1&c=2

https://waypost.example/admin/articles/article/{linked.pk}/change/

Which mails you get, and when, you choose here:
https://waypost.example/admin/articles/article/notices/

Waypost
"""
    )


def test_a_daily_mail_leaves_out_what_is_settled_and_is_not_sent_when_nothing_is_left(wren, paul, rosa):
    for user in (paul, rosa):
        choose(user, Event.HANDED_IN, How.DAILY)
    first, second = article_of(wren, "First"), article_of(wren, "Second")
    take_step(wren, first, "submit")
    take_step(wren, second, "submit")
    take_step(rosa, first, "send_back")
    notices.mail_digests()
    assert [who for who, subject in mails() if subject.startswith("What")] == ["paul", "rosa"]
    digest = next(each for each in outbox.outbox if each.to == ["paul@site.example"])
    assert "First" not in digest.body
    assert "Second" in digest.body
    third = article_of(wren, "Third")
    take_step(wren, third, "submit")
    take_step(rosa, third, "send_back")
    assert notices.mail_digests() == "0 daily mails"
    assert [who for who, _subject in mails()] == ["wren"]


def test_a_daily_mail_whose_matters_are_settled_while_it_waits_is_not_sent(wren, paul):
    choose(paul, Event.HANDED_IN, How.DAILY)
    article = article_of(wren)
    take_step(wren, article, "submit")
    assert notices.mail_digests() == "1 daily mails"
    article.send_back()
    assert mails() == []


# Reviews that are due, dead links


@pytest.mark.parametrize(("days", "is_told"), [(-31, False), (-1, True), (30, True), (31, False)])
def test_a_review_is_due_thirty_days_ahead(days, is_told, wren, paul):
    choose(paul, Event.REVIEW_DUE, How.AT_ONCE)
    due = timezone.localdate() + timedelta(days=days)
    make_article(review_due_on=due)
    make_article("A draft", review_due_on=due, **DRAFT)
    notices.tell_of_reviews_due()
    assert [who for who, _subject in mails()] == ["paul"] * is_told
    if is_told:
        assert f"“Starting again” is due on {due:%B %-d, %Y}." in outbox.outbox[0].body


def test_a_review_that_gets_another_day_is_told_again(paul):
    choose(paul, Event.REVIEW_DUE, How.AT_ONCE)
    article = make_article(review_due_on=timezone.localdate() + timedelta(days=3))
    notices.tell_of_reviews_due()
    Article.objects.filter(pk=article.pk).update(review_due_on=timezone.localdate() + timedelta(days=9))
    notices.tell_of_reviews_due()
    assert len(mails()) == 2


def test_two_dead_links_of_one_article_are_two_events_and_a_mended_one_is_none(paul):
    choose(paul, Event.DEAD_LINK, How.AT_ONCE)
    one, two = "https://gone.example/" + "a" * 300, "https://gone.example/" + "a" * 300 + "b"
    article = make_article(body=f'<p><a href="{one}">One</a></p>')
    notices.tell_of_dead_link(one, [article])
    notices.tell_of_dead_link(two, [article])  # it is in no text and no citation any more
    assert Notice.objects.count() == 2
    assert len(mails()) == 1
    assert one in outbox.outbox[0].body


def test_notices_are_deleted_after_ninety_days(wren, paul):
    notices.handed_in(article_of(wren, status="in-review"), wren)
    Notice.objects.update(created_at=timezone.now() - timedelta(days=91))
    notices.mail_digests()
    assert not Notice.objects.exists()


# Nothing is lost for a mail's sake


def test_a_step_is_kept_and_a_comment_too_when_nobody_can_be_told(wren, paul, caplog):
    def refuse(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "articles_notice"'):
            sql = "SELECT 1 / 0"
            params = ()
        return execute(sql, params, many, context)

    article = article_of(wren)
    with connection.execute_wrapper(refuse):
        answer = take_step(wren, article, "submit", title="Kept")
        Comment(article=article, name="Sam", text="I want to die").hold()
    assert answer.status_code == 200
    assert (article.title, article.status) == ("Kept", "in-review")
    assert Comment.objects.count() == 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "Nobody was told by handed_in",
        "Nobody was told by comment_saved",
    ]


def test_a_mail_server_that_is_down_costs_no_step_and_the_mail_leaves_later(wren, rosa, settings):
    works, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.core.test_email.Unreachable"
    article = article_of(wren)
    take_step(wren, article, "submit")
    assert (mails(), article.status) == ([], "in-review")
    settings.EMAIL_BACKEND = works
    assert [who for who, _subject in mails()] == ["rosa"]
