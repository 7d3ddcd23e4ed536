"""A writer changes no byte of any public page, whatever form of the articles is sent, with whatever in it."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from articles import own_links
from articles.models import (
    Article,
    Citation,
    Comment,
    Note,
    Notice,
    Person,
    Picture,
    PrivateAnswer,
    Review,
    SlugRedirect,
    Topic,
    Translation,
)
from articles.models.translations import start
from articles.pictures import store_upload
from core.form_drafts.models import FormDraft
from tests.articles.factories import (
    CommentFactory,
    HeldWordFactory,
    OutsideLinkFactory,
    PersonFactory,
    PictureFactory,
    make_article,
    make_topic,
    upload_of,
)
from tests.articles.test_permissions import REVIEW_ACTIONS, account, address_of, own_models
from tests.articles.test_reviews import change, published
from tests.doors import FieldsOf

pytestmark = pytest.mark.django_db
# What a page of an article joins. A writer's account is tried on each of them.
SHOWN = {
    *(Article, Citation, Comment, Person, Picture, PrivateAnswer, Review, SlugRedirect, Topic, Translation),
}
OF_THE_STAFF = {Note, Notice}  # which no page for readers asks for
# Address: what one of its buttons sends.
CHOICES = {
    "comment_decide": [{"decision": each} for each in ("approve", "reject", "reply", "answer", "hide-name", "undo")],
    "article_review": [{"action": each} for each in REVIEW_ACTIONS],
}


def test_everything_that_a_page_joins_is_tried_below():
    found, todo = {Article}, [Article]
    while todo:
        for field in todo.pop()._meta.get_fields():
            model = field.related_model
            if model is not None and model._meta.app_label == "articles" and model not in found:
                is_history = hasattr(model, "history_id")
                is_between = model._meta.auto_created
                if not is_history and not is_between:
                    found.add(model)
                    todo.append(model)
    assert found == SHOWN | OF_THE_STAFF


@pytest.fixture
def scene(pictures):
    """Everything that a public page can show, and beside it what a writer may work on."""
    hero = store_upload(upload_of(Image.new("RGB", (90, 60))), "A path through a wood", None)
    topic = make_topic("relapse")
    body = f'<p>Words.</p><figure><img src="/pictures/{hero.name}" alt="A path"></figure>'
    english = published(title="Starting again", hero=hero, body=body, topics=[topic])
    published("es", title="Empezar de nuevo", hero=hero, body=body, topics=[topic], translation_of=english)
    make_article("A sample", is_sample=True, hero=hero)
    make_article("Gone", status="archived")
    change(english, slug="starting-over")
    comment = CommentFactory(article=english, status="approved")
    PrivateAnswer.objects.create(comment=comment, text="Call us.")
    start(published(title="Not yet in Spanish"), None)
    change(make_article("Only proposed"), slug="proposed").begin_next_version()
    scheduled = published(title="Soon anew", hero=hero).begin_next_version()
    scheduled.submit()
    scheduled.schedule(timezone.now() + timedelta(days=1))
    make_article("Thrown away").trash()
    Note.objects.create(article=english, text="Is that so?")
    OutsideLinkFactory()
    HeldWordFactory()
    CommentFactory(article=english, text="Held.")
    make_article("A draft", status="draft", publish_at=None, reviewer=None, last_reviewed_on=None)
    make_article("Handed in", status="in-review", publish_at=None, reviewer=None, last_reviewed_on=None)
    PersonFactory(name="Unnamed so far")
    PictureFactory()
    return english


def public_paths() -> list[str]:
    paths = ["/", "/articles/", "/articles/topics/relapse/", "/articles/feed/"]
    paths = [*paths, *(f"/es{path}" for path in paths), "/articles/starting-again/"]
    paths += ["/sitemap-articles.xml", "/sitemap-topics.xml"]
    paths += [article.get_absolute_url() for article in Article.objects.all()]
    paths += [f"{article.get_absolute_url()}comments/" for article in Article.objects.published()]
    return paths + [own_links.address_of(own_links.link_of(comment)) for comment in Comment.objects.all()]


def public_pages(client, paths) -> dict[str, bytes]:
    """What readers get, by address; where nothing is, that is what they get: its page names the request."""
    caches["process"].clear()
    answers = {path: client.get(path) for path in paths}
    return {
        path: answer.content
        if answer.status_code == 200
        else f"{answer.status_code} {answer.get('Location')}".encode()
        for path, answer in answers.items()
    }


def test_the_pages_that_are_compared_read_every_table_of_the_articles(client, scene):
    with CaptureQueriesContext(connection) as queries:
        public_pages(client, public_paths())
    read = {table for query in queries for table in re.findall(r'"(articles_\w+)"', query["sql"])}
    between = {field.m2m_db_table() for model in SHOWN for field in model._meta.many_to_many}
    tables = {model._meta.db_table for model in SHOWN}
    assert {table for table in read if not table.endswith("_id")} - between <= tables, (
        "a page reads another table: add its model"
    )
    assert tables <= read


def changed_values(bound) -> list:
    """What a person could make of a field, other than it is."""
    value, field = bound.value(), bound.field
    if hasattr(field, "queryset"):
        others = [row.pk for row in field.queryset.all()]
        return [others, []] if isinstance(value, (list, tuple)) else ["", *others]
    if getattr(field, "choices", None):
        return [key for key, _label in field.choices if key]
    if bound.name in ("opened_version", "overwrite"):
        return []
    kind = type(field).__name__
    return {
        "BooleanField": ["", "on"],
        "DateField": ["2020-01-01"],
        "IntegerField": ["7"],
        "SlugField": ["starting-again", "starting-over", "feed", "changed"],
        "URLField": ["https://changed.example/"],
    }.get(kind, [f"{value} changed", ""])


def sent_as_it_stands(answer) -> dict:
    data = {}
    formsets = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    for formset in formsets:
        data |= {bound.html_name: bound.value() for bound in formset.management_form}
    forms = [answer.context["adminform"].form, *(form for formset in formsets for form in formset.forms)]
    for bound in (bound for form in forms for bound in form):
        value = bound.value()
        if value is not None and value is not False:  # a position of 0 is sent
            data[bound.html_name] = [getattr(each, "pk", each) for each in value] if isinstance(value, list) else value
    return {name: value for name, value in data.items() if not hasattr(value, "strftime")}


def words_for(answer) -> dict:
    """What a page without a form of the admin could send, and what an address without a page could be sent."""
    data = dict.fromkeys(("name", "alt", "title", "summary", "quote", "text", "reply", "answer", "note"), "Changed")
    data |= {f"answer-{note.pk}": "Changed" for note in Note.objects.all()} | {"body": "<p>Changed</p>", "_all": "on"}
    data |= {
        "post": "yes",
        "slug": "changed",
        "language": "en",
        "comment": [comment.handle for comment in Comment.objects.all()],
    }
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        form = FieldsOf(answer.text)
        kept = {*form.hidden, "opened_version", "slug"}
        data |= {name: value[-1] if name in kept else f"{value[-1]} changed" for name, value in form.fields.items()}
        choices = {name: values[-1] for name, values in form.fields.items() if len(values) > 1 and name not in kept}
        data |= choices  # of radio buttons the last one
    return data


def keep_draft(client, address: str) -> None:
    sent = {"do": "keep", "user": client.session["_auth_user_id"], "page": str(uuid.uuid4()), "revision": 1}
    sent |= {"user": int(sent["user"]), "replaces": {}, "content": {"fields": {"title": ["Changed"]}}}
    client.post(address, json.dumps(sent), "application/json")


def try_form(client, address: str, choices=({},)) -> None:
    """Send the form once for each value that each field could have; what is no form of the admin, for each choice."""
    answer, is_first = client.get(address), True
    if answer.status_code != 200 or "adminform" not in (answer.context or {}):
        for choice in choices:
            client.post(address, words_for(answer) | choice)
        return
    for bound in list(answer.context["adminform"].form):
        for value in changed_values(bound):
            data = sent_as_it_stands(answer) | {"overwrite": "on"}
            for step in ({}, {"_step_submit": "1"}, {"_step_publish": "1"}) if is_first else ({},):
                client.post(address, data | {bound.html_name: value} | step)
            is_first = False


def try_everything(client, model, rows: list) -> None:
    """Every form, action and address of one model, sent for each of its rows. What deletes comes last."""
    numbers = [row.pk for row in rows]
    changelist = reverse(f"admin:articles_{model._meta.model_name}_changelist")
    for action in ("approve", "reject", "ask_again", "delete_selected"):
        client.post(changelist, {"action": action, "_selected_action": numbers, "post": "yes"})
    patterns = [each for each in admin.site._registry[model].get_urls() if each.name and "changelist" not in each.name]
    for pattern in sorted(patterns, key=lambda each: each.name.endswith(("trash", "delete"))):
        name = pattern.name.removeprefix("articles_")
        for row in rows if "object_id" in str(pattern.pattern) else rows[:1]:
            address = address_of(name, str(pattern.pattern), row)
            try_form(client, address, CHOICES.get(name, ({},)))
            if name.endswith("drafts"):
                keep_draft(client, address)


def test_a_writer_changes_no_byte_of_any_public_page(client, scene):
    reader, paths = client.__class__(), public_paths()
    before = public_pages(reader, paths)
    assert len(set(before.values())) > 10
    client.force_login(account("w"))
    for model in own_models():
        assert model.objects.exists(), f"the scene has no {model._meta.verbose_name}"
        rows = list(model.objects.all())
        try_everything(client, model, rows)
        if model is Article:  # and what that began: next versions and translations
            try_everything(client, model, list(model.objects.exclude(pk__in=[row.pk for row in rows])))
        after = public_pages(reader, paths)
        assert [path for path in paths if before[path] != after[path]] == [], model._meta.label
    assert Person.objects.filter(name__contains="changed").exists(), "what nobody sees is a writer's to change"
    assert Article.history.filter(title__contains="changed").exists()
    next_versions = Article.objects.filter(revises=scene)
    assert Article.history.filter(id__in=next_versions.values("pk"), title__contains="changed").exists()
    side_by_side = Article.history.filter(history_change_reason="Translated side by side")
    assert side_by_side.filter(title__contains="hanged").exists()
    assert Note.objects.filter(text="Changed", parent=None).exists()
    assert Note.objects.filter(text="Changed", parent__isnull=False).exists()
    assert FormDraft.objects.exists()


def test_a_writer_cannot_send_the_picture_of_a_published_page_again_with_other_words(client, scene):
    client.force_login(account("w"))
    reader, paths = client.__class__(), public_paths()
    before = public_pages(reader, paths)
    for address in ("/admin/articles/picture/add/", "/admin/articles/picture/upload/"):
        client.post(address, {"file": upload_of(Image.new("RGB", (90, 60))), "alt": "Changed", "credit": "Changed"})
    assert public_pages(reader, paths) == before
