"""Who may sign a text: nobody who wrote any of it, whichever version it was written in."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles import waiting
from articles.admin.reviews import take_present_name
from articles.models import Article, Incomplete, Picture, Refused, Review
from clinics import rules
from clinics.models import Rule
from tests.articles.factories import PictureFactory, make_account, make_reviewer
from tests.articles.staff import editor
from tests.articles.test_admin import save
from tests.articles.test_reviews import DOSE, change, draft, published, review_path
from tests.clinics.factories import RuleFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_rule_is_remembered")]


def users_of(article) -> list[str]:
    return [row.history_user.username for row in article.history.all() if row.history_user]


def test_what_was_written_in_a_next_version_stays_in_the_history_of_the_article():
    article, writer, other = published(), make_account("Wren Hill", "writer"), make_account("Uma Roy", "writer")
    version = article.begin_next_version(writer)
    version._change_reason = waiting.HAND_IN
    change(version, writer, body=DOSE, status="in-review")
    version = Article.objects.get(pk=version.pk)
    change(version, other, body=DOSE + "<p>And rest.</p>")
    Review.objects.sign(version, make_reviewer("Cara Lind"), "approved")
    version = Article.objects.get(pk=version.pk)
    version._history_user = make_account("Pat Lee", "publisher")
    version.publish()
    article.refresh_from_db()
    assert users_of(article)[:4] == ["pat-lee", "cara-lind", "uma-roy", "wren-hill"]
    assert article.history.filter(history_change_reason=waiting.HAND_IN).last().body == DOSE
    assert waiting.writer_of(article) == writer
    assert Article.objects.filter(waiting.is_mine(writer)).get() == article
    copy = article.begin_next_version(other)
    begun = copy.revises.history.filter(version=copy.revises_version).first()
    assert begun.body == article.body, "what a next version was begun from is what readers had"


def test_whoever_wrote_in_a_next_version_does_not_review_the_article_after_its_publication():
    article, writer = published(), make_account("Wren Hill", "reviewer")
    make_reviewer("Wren Hill", user=writer)
    version = article.begin_next_version(make_account("Uma Roy", "writer"))
    version = change(version, writer, body=DOSE, status="in-review")
    change(version, make_account("Uma Roy"), title="Another title")
    with pytest.raises(Refused, match="You wrote in this text"):
        Review.objects.sign(version, writer, "approved")
    Article.objects.filter(pk=article.pk).update(is_sample=True)  # published without a review
    Article.objects.filter(pk=version.pk).update(is_sample=True)
    Article.objects.get(pk=version.pk).publish()
    with pytest.raises(Refused, match="You wrote in this text"):
        Review.objects.sign(article, writer, "approved")


def test_whoever_changed_the_live_text_does_not_confirm_it_on_a_next_version_either():
    article, publisher = published(), make_account("Pat Lee", "publisher")
    change(article, publisher, body=DOSE)
    version = article.begin_next_version(make_account("Wren Hill", "writer"))
    with pytest.raises(Refused, match="You changed the text yourself"):
        Review.objects.confirm_spelling(version, publisher)
    review = Review.objects.confirm_spelling(version, make_account("Uma Roy", "publisher"))
    assert review.changed_by == "Pat Lee", "who began the copy changed nothing"


def test_whoever_began_a_next_version_is_no_changer_of_its_text():
    article = published()
    version = article.begin_next_version(make_account("Wren Hill", "publisher"))
    change(version, make_account("Tim Ash"), body="<p>You have not lost everythin.</p>")
    review = Review.objects.confirm_spelling(version, make_account("Wren Hill"))
    assert review.changed_by == "Tim Ash"


def test_whoever_wrote_between_two_others_does_not_sign():
    article, user = draft(), make_reviewer("Cara Lind")
    change(article, make_account("Wren Hill"), title="First")
    change(article, user, body=DOSE)
    change(article, make_account("Wren Hill"), title="Second")
    with pytest.raises(Refused, match="You wrote in this text"):
        Review.objects.sign(article, user, "approved")
    Review.objects.sign(article, make_reviewer("Ben Osei"), "approved")
    change(article, make_account("Wren Hill"), title="Third")
    assert Review.objects.sign(article, user, "approved"), "what they wrote was reviewed by somebody else since"


@pytest.mark.parametrize("is_of_the_copy_before", [False, True])
def test_a_later_review_of_the_live_article_covers_nothing_of_its_next_version(is_of_the_copy_before):
    article, user = published(), make_reviewer("Cara Lind")
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        if is_of_the_copy_before:
            change(article, user, body=DOSE)
        version = article.begin_next_version(make_account("Wren Hill", "publisher"))
        if is_of_the_copy_before:  # the live article loses the sentence again, its next version keeps it
            change(article, make_account("Tim Ash"), body="<p>You have lost nothing.</p>")
        else:
            change(version, user, body=DOSE)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        Review.objects.sign(article, make_reviewer("Ben Osei"), "approved")
        version = Article.objects.get(pk=version.pk)
        with pytest.raises(Refused, match="You wrote in this text"):
            Review.objects.sign(version, user, "approved")
        with pytest.raises(Refused, match="You changed the text yourself"):
            Review.objects.confirm_spelling(version, user)
        review = Review.objects.confirm_spelling(version, make_account("Wren Hill"))
        assert review.changed_by == "Cara Lind", "who began the copy changed nothing"


@pytest.mark.parametrize("hours_until_review", [1, 3])
def test_what_became_the_article_after_its_review_is_not_covered_by_it(hours_until_review):
    article, user, now = published(is_sample=True), make_reviewer("Cara Lind"), timezone.now()
    with time_machine.travel(now + timedelta(hours=2)):
        version = change(article.begin_next_version(make_account("Wren Hill", "publisher")), user, body=DOSE)
    with time_machine.travel(now + timedelta(hours=hours_until_review)):
        Review.objects.sign(article, make_reviewer("Ben Osei"), "approved")
    with time_machine.travel(now + timedelta(hours=4)):
        version = change(version, make_account("Tim Ash"), title="Another title", status="in-review")
        version.publish()  # a sample is published without a review
        article = Article.objects.get(pk=article.pk)
        with pytest.raises(Refused, match="You wrote in this text"):
            Review.objects.sign(article, user, "approved")
        assert Review.objects.sign(article, make_reviewer("Ada Fox"), "approved")
        assert Review.objects.sign(article, user, "approved"), "somebody else reviewed it since"


# What a review covers beside the words of the article


def test_a_credit_a_day_of_reading_and_the_words_of_a_rule_are_covered():
    RuleFactory(key="invented", text_en="Three days.")
    article = draft(hero=PictureFactory(), body='<p>A</p><rule-block rule="invented"></rule-block>')
    assert "Three days." in str(article.text_read())
    for step in ("credit", "day", "rule"):
        before = article.text_hash()
        if step == "credit":
            Picture.objects.update(credit="Take 100 mg")
        elif step == "day":
            article.citations.update(accessed_on="2026-11-30")
        else:
            Rule.objects.update(text_en="Seven days.")
            rules.forget()
        article = Article.objects.get(pk=article.pk)
        assert article.text_hash() != before, step


def test_a_rule_that_grows_old_withdraws_no_review():
    RuleFactory(key="invented", text_en="Three days.")
    article = draft(body='<p>A</p><rule-block rule="invented"></rule-block>')
    before = article.text_hash()
    with time_machine.travel(timezone.now() + timedelta(days=4000)):
        rules.forget()
        assert article.text_hash() == before


def test_the_page_shows_the_credit_and_the_day_that_are_signed(client, django_user_model):
    article = draft(hero=PictureFactory(credit="Photo: Kim"))
    article.citations.update(accessed_on="2026-11-30")
    editor(client, django_user_model, "reviewer")
    page = client.get(review_path(article)).text
    assert "Photo: Kim" in page
    assert "Read on Nov. 30, 2026" in page


def test_a_changed_credit_or_rule_is_not_spelling():
    RuleFactory(key="invented", text_en="Three days.")
    article = published(hero=PictureFactory(), body='<p>A</p><rule-block rule="invented"></rule-block>')
    change(article, make_account("Tim Ash"), title="Starting agan")
    Picture.objects.update(credit="Take 100 mg")
    confirming = make_account("Uma Roy", "publisher")
    with pytest.raises(Refused, match="its credit"):
        Review.objects.confirm_spelling(article, confirming)
    Picture.objects.update(credit="")
    Rule.objects.update(text_en="Seven days.")
    rules.forget()
    with pytest.raises(Refused, match="words of a rule"):
        Review.objects.confirm_spelling(article, confirming)


@pytest.mark.parametrize(("group", "is_taken"), [("writer", False), ("reviewer", False), ("publisher", True)])
def test_only_a_publisher_says_when_a_review_is_due(client, django_user_model, group, is_taken):
    article = draft()
    editor(client, django_user_model, group)
    save(client, article, review_due_on="2099-01-01", title="Changed")
    article.refresh_from_db()
    assert (article.title, article.review_due_on is not None) == ("Changed", is_taken)


# A next version undoes nothing


def test_a_next_version_brings_back_no_former_name_of_the_author():
    article = published()
    version = article.begin_next_version()
    version.submit()
    article.author.name = "Ana Reyes-Lind"
    article.author.save()
    take_present_name(Article.objects.get(pk=article.pk), make_account("Pat Lee"))
    Article.objects.get(pk=version.pk).publish()
    assert Article.objects.get(pk=article.pk).byline_author == "Ana Reyes-Lind"


def test_a_next_version_brings_back_no_former_review():
    with time_machine.travel(timezone.now() - timedelta(days=100)):
        article = published()
    version = article.begin_next_version()
    version.submit()
    Review.objects.sign(article, make_reviewer("Cara Lind"), "approved")
    Article.objects.get(pk=version.pk).publish()
    article = Article.objects.get(pk=article.pk)
    assert (article.reviewer.name, article.last_reviewed_on) == ("Cara Lind", timezone.localdate())
    assert article.review_due_on > timezone.localdate() + timedelta(days=300)
    assert article.standing.review.name == "Cara Lind"


def test_a_review_of_the_next_version_becomes_that_of_the_article():
    with time_machine.travel(timezone.now() - timedelta(days=100)):
        article = published()
    version = change(article.begin_next_version(), body=DOSE)
    version.submit()
    Review.objects.sign(version, make_reviewer("Cara Lind"), "approved")
    Article.objects.get(pk=version.pk).publish()
    article = Article.objects.get(pk=article.pk)
    assert (article.reviewer.name, article.last_reviewed_on) == ("Cara Lind", timezone.localdate())
    assert article.review_due_on > timezone.localdate() + timedelta(days=300)


# A picture of a scheduled article


@pytest.mark.parametrize("words", [{"alt": "Take 100 mg"}, {"credit": "Take 100 mg"}])
def test_new_words_of_its_picture_send_a_scheduled_article_back_to_review(words):
    picture, user = PictureFactory(), make_account("Pat Lee")
    article = draft(hero=picture)
    Review.objects.sign(article, make_reviewer(), "approved")
    article.refresh_from_db()
    article.schedule(timezone.now() + timedelta(hours=1))
    picture.focus_x = 10
    picture.save()
    article.refresh_from_db()
    assert article.status == "scheduled", "where it is cut is no word"
    for name, value in words.items():
        setattr(picture, name, value)
    picture._history_user = user
    picture.save()
    article.refresh_from_db()
    assert (article.status, article.publish_at) == ("in-review", None)
    newest = article.history.first()
    assert (newest.history_user, newest.history_change_reason) == (user, "Back to review: its picture has other words")
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert not Article.objects.published().exists()


# A rule of a scheduled article


def scheduled_with_rule(is_next_version: bool) -> Article:
    RuleFactory(key="invented", text_en="Three days.", is_shipped=True)
    RuleFactory(key="another", text_en="One day.")
    body = '<p>A</p><rule-block rule="invented"></rule-block>'
    article = published().begin_next_version() if is_next_version else draft()
    article = change(article, body=body, status="in-review")
    Review.objects.sign(article, make_reviewer(), "approved")
    article.refresh_from_db()
    article.schedule(timezone.now() + timedelta(hours=1))
    return article


def assert_back_in_review(article, user=None):
    article.refresh_from_db()
    assert (article.status, article.publish_at) == ("in-review", None)
    newest = article.history.first()
    assert (newest.history_user, newest.history_change_reason) == (user, "Back to review: a rule in it changed")
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert article not in Article.objects.published()


@pytest.mark.parametrize("is_next_version", [False, True])
def test_new_words_of_a_rule_send_a_scheduled_article_back_to_review(admin_client, admin_user, is_next_version):
    article = scheduled_with_rule(is_next_version)
    changes = [
        ("another", {"text_en": "Two days."}),  # no rule of this text
        ("invented", {"checked_on": "2026-11-30", "text_es": "Siete días."}),  # no words of this text
        ("invented", {"text_en": "Seven days."}),
    ]
    for key, words in changes:
        article.refresh_from_db()
        assert article.status == "scheduled"
        address = f"/admin/clinics/rule/{Rule.objects.get(key=key).pk}/change/"
        form = admin_client.get(address).context["adminform"].form
        data = {name: form[name].value() or "" for name in form.fields} | {"states": ""} | words
        assert admin_client.post(address, data).status_code == 302
    assert_back_in_review(article, admin_user)


@pytest.mark.parametrize("row", ["invented,A rule,Una regla,Seven days.,Siete días.,,2026-01-01,,Nobody", ""])
def test_a_release_that_changes_or_removes_a_rule_sends_a_scheduled_article_back_to_review(tmp_path, row):
    article = scheduled_with_rule(is_next_version=False)
    path = tmp_path / "rules.csv"
    lines = [",".join(rules.COLUMNS), row and f"{row},https://rules.example/,2026-11-01,2027-06-30"]
    path.write_text("\n".join(lines), encoding="utf-8")
    rules.load(path)
    assert_back_in_review(article)


@pytest.mark.parametrize("is_next_version", [False, True])
def test_a_step_to_readers_asks_the_table_of_rules_and_not_what_this_process_remembers(is_next_version):
    article = scheduled_with_rule(is_next_version)
    assert "Three days." in str(article.text_read())
    Rule.objects.update(text_en="Seven days.")  # in another process
    for step in (article.publish, lambda: article.schedule(timezone.now() + timedelta(hours=2))):
        with pytest.raises(Incomplete, match="Have it reviewed again"):
            step()
