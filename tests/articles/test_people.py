"""Pages keep the names that they came out with; who has which credentials is for an administrator to say."""

import json
import re

import pytest
from django.contrib.auth.models import Permission, User

from articles.models import Person, Review
from tests.articles.factories import make_account, make_article, make_person, make_reviewer, make_topic
from tests.articles.staff import editor
from tests.articles.test_admin import messages_of
from tests.articles.test_reviews import change, draft, press, published, review_path

pytestmark = pytest.mark.django_db


def page_of(person) -> str:
    return f"/admin/articles/person/{person.pk}/change/"


def administrator(client) -> User:
    user = User.objects.create_superuser("ada", password=None)
    client.force_login(user)
    return user


def save_person(client, person, **changes):
    data = {name: value for name, value in fields_of_person(client, person).items() if value is not None} | changes
    return client.post(page_of(person), data, follow=True)


def fields_of_person(client, person) -> dict:
    form = client.get(page_of(person)).context["adminform"].form
    return {bound.name: bound.value() for bound in form}


def byline(client, article) -> str:
    html = client.get(article.get_absolute_url()).content.decode()
    return " ".join(re.search(r'class="byline">(.*?)</div>', html, re.DOTALL)[1].split())


def rename(person, **fields) -> None:
    for name, value in fields.items():
        setattr(person, name, value)
    person.save()


# Names on pages


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_renamed_person_changes_no_published_page(client, language):
    article = published(language)
    feed = "/es/articles/feed/" if language == "es" else "/articles/feed/"
    before = [byline(client, article), client.get(feed).content]
    for name in ("Ana Reyes", "Ben Osei"):
        rename(Person.objects.get(name=name), name=f"Dr. {name}", credentials="FASAM", about="Somebody else now.")
    html = client.get(article.get_absolute_url()).content.decode()
    assert [byline(client, article), client.get(feed).content] == before
    json_ld = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
    assert (json_ld["author"]["name"], json_ld["reviewedBy"]["name"]) == ("Ana Reyes", "Ben Osei")


def test_a_draft_shows_the_present_name_and_a_page_the_name_of_the_day_it_came_out(client):
    article, reviewer = draft(), make_reviewer()
    rename(article.author, name="Ana Reyes Cruz")
    assert article.named_author.name == "Ana Reyes Cruz"
    Review.objects.sign(article, reviewer, "approved")
    article.refresh_from_db()
    article.publish()
    rename(article.author, name="Ana Cruz")
    article.refresh_from_db()
    assert article.named_author.name == "Ana Reyes Cruz"
    article.archive()
    article.publish()
    assert article.named_author.name == "Ana Cruz"


def test_another_author_of_a_published_article_is_named_as_of_now():
    article = published()
    change(article, author=make_person("Cara Lind"))
    assert article.named_author.name == "Cara Lind"


def test_a_publisher_takes_over_the_present_name(client, django_user_model):
    article = published()
    rename(article.author, name="Ana Cruz", about="Writes about recovery.")
    editor(client, django_user_model, "publisher")
    html = client.get(review_path(article)).content.decode()
    assert "Take over the person’s present name" in html
    answer = press(client, article, "byline")
    assert "Author named anew: Ana Reyes is Ana Cruz" in messages_of(answer)[0]
    assert "Ana Cruz</strong>, Writes about recovery." in byline(client, article)
    assert "Take over" not in answer.content.decode()
    assert article.history.first().history_change_reason == "Author named anew: Ana Reyes is Ana Cruz"


def test_a_reviewer_is_not_offered_to_take_over_a_name(client, django_user_model):
    article = published()
    rename(article.author, name="Ana Cruz")
    editor(client, django_user_model, "reviewer")
    assert "Take over" not in client.get(review_path(article)).content.decode()
    press(client, article, "byline")
    article.refresh_from_db()
    assert article.byline_author == "Ana Reyes"


# Credentials


def test_an_administrator_links_an_account_and_records_credentials(client):
    ada, person, user = administrator(client), make_person("Cara Lind"), make_account("Cara Lind", "reviewer")
    save_person(client, person, credentials="MD, FASAM", user=user.pk)
    person.refresh_from_db()
    assert not person.has_recorded_credentials
    save_person(client, person, has_seen_proof="on")
    person.refresh_from_db()
    assert person.has_recorded_credentials
    assert person.credentials_recorded_by == ada
    assert person.history.first().history_user == ada
    save_person(client, person, credentials="MD, PhD")  # nobody has seen proof of these
    person.refresh_from_db()
    assert not person.has_recorded_credentials


def test_proof_needs_credentials_and_an_account_of_somebody_else(client):
    ada, person = administrator(client), make_person("Cara Lind")
    assert "State the credentials and the account" in save_person(client, person, has_seen_proof="on").content.decode()
    html = save_person(client, person, has_seen_proof="on", credentials="MD", user=ada.pk).content.decode()
    assert "Nobody records their own credentials" in html
    person.refresh_from_db()
    assert not person.has_recorded_credentials


@pytest.mark.parametrize("group", ["writer", "publisher"])
def test_nobody_else_writes_credentials_or_links_an_account(client, django_user_model, group):
    user, person = editor(client, django_user_model, group), make_person("Cara Lind")
    assert set(fields_of_person(client, person)) == {"name", "about"}
    save_person(client, person, credentials="MD", user=user.pk, has_seen_proof="on", about="New.")
    person.refresh_from_db()
    assert (person.about, person.credentials, person.user) == ("New.", "", None)


def test_the_name_of_recorded_credentials_is_not_a_publishers_to_change(client, django_user_model):
    make_reviewer("Cara Lind")
    editor(client, django_user_model, "publisher")
    person = Person.objects.get(name="Cara Lind")
    assert set(fields_of_person(client, person)) == {"about"}


def test_who_may_record_is_a_permission_that_no_group_has():
    [permission] = Permission.objects.filter(codename="record_credentials")
    assert not permission.group_set.exists()


def test_a_writer_changes_a_person_until_a_page_names_them(client, django_user_model):
    editor(client, django_user_model, "writer")
    article = make_article(status="draft", publish_at=None, reviewer=None, last_reviewed_on=None)
    save_person(client, article.author, name="Ana Cruz")
    article.author.refresh_from_db()
    assert article.author.name == "Ana Cruz"
    type(article).objects.update(status="published", publish_at=article.created_at)
    assert client.post(page_of(article.author), {"name": "Dr. Jane Doe"}).status_code == 403
    type(article).objects.update(status="archived")
    assert client.post(page_of(article.author), {"name": "Dr. Jane Doe"}).status_code == 403


def test_a_person_who_signed_is_not_a_writers_to_change(client, django_user_model):
    editor(client, django_user_model, "writer")
    make_reviewer("Cara Lind")
    assert client.post(page_of(Person.objects.get(name="Cara Lind")), {"name": "X"}).status_code == 403


# Their history


def test_the_history_of_people_and_topics_says_in_words_who_changed_what(client, django_user_model):
    user = editor(client, django_user_model, "publisher")
    person, topic = make_person("Cara Lind"), make_topic("relapse")
    save_person(client, person, name="Cara Lindt")
    topic_page = f"/admin/articles/topic/{topic.pk}/change/"
    data = fields_of_topic(client, topic_page) | {"name": "Return to use"}
    client.post(topic_page, data)
    for item, old, new in ((person, "Cara Lind", "Cara Lindt"), (topic, "Relapse", "Return to use")):
        name = item._meta.model_name
        html = client.get(f"/admin/articles/{name}/{item.pk}/history/").content.decode()
        assert f"<del>{old}</del> <ins>{new}</ins>" in html
        assert item.history.first().history_user == user


def fields_of_topic(client, page) -> dict:
    form = client.get(page).context["adminform"].form
    return {bound.name: bound.value() for bound in form if bound.value() is not None}


def test_a_topic_whose_history_holds_nothing_says_so(client, django_user_model):
    editor(client, django_user_model, "publisher")
    topic = make_topic("relapse")
    topic.history.all().delete()
    html = client.get(f"/admin/articles/topic/{topic.pk}/history/").content.decode()
    assert "Nothing was changed since the history began." in html


def test_the_history_of_a_person_is_not_for_who_may_not_see_people(client, django_user_model):
    person = make_person("Cara Lind")
    editor(client, django_user_model, "moderator")
    assert client.get(f"/admin/articles/person/{person.pk}/history/").status_code == 403
