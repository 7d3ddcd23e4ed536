"""Who may do what in the admin of the articles: every address and action has a row here, and none is left out."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from articles.admin.articles import STEPS
from articles.models import Article, Note, Person
from tests.articles.factories import ROWS, make_account, make_article, make_reviewer
from tests.articles.test_reviews import change, published

pytestmark = pytest.mark.django_db
ROLES = {"n": "nobody", "w": "writer", "r": "reviewer", "p": "publisher", "m": "moderator"}
# Address: (who may GET it, who may POST to it), by the first letters of the roles. Of an article: a draft, which is a
# translation and has a note; the other rows are used by nobody.
ADDRESSES = {
    "article_add": ("wp", "wp"),
    "article_add_drafts": ("wp", "wp"),
    "article_begin": ("", ""),
    "article_change": ("wrpm", "wrp"),
    "article_changelist": ("wrpm", "wrpm"),
    "article_check": ("", "wrp"),
    "article_compare": ("wrpm", "wrpm"),
    "article_delete": ("p", "p"),
    "article_drafts": ("wrp", "wrp"),
    "article_history": ("wrpm", "wrpm"),
    "article_preview": ("wrp", "wrp"),
    "article_preview_new": ("wp", "wp"),
    "article_publish_anyway": ("", ""),
    "article_restore": ("", "wrp"),
    "article_review": ("rp", ""),  # each of its actions has a row below
    "article_review_drafts": ("rp", "rp"),
    "article_side_by_side": ("wrpm", "wrp"),
    "article_side_by_side_drafts": ("wrp", "wrp"),
    "article_take_out_of_trash": ("", "p"),
    "article_translate": ("", "wp"),
    "comment_add": ("", ""),
    "comment_change": ("wrpm", "pm"),
    "comment_changelist": ("wrpm", "wrpm"),
    "comment_decide": ("wrpm", "pm"),
    "comment_delete": ("p", "p"),
    "comment_history": ("wrpm", "wrpm"),
    "heldword_add": ("pm", "pm"),
    "heldword_change": ("pm", "pm"),
    "heldword_changelist": ("pm", "pm"),
    "heldword_delete": ("pm", "pm"),
    "heldword_history": ("pm", "pm"),
    "heldword_try": ("pm", "pm"),
    "link_choose": ("wrp", "wrp"),
    "note_add": ("", "wrp"),
    "note_answer": ("", "wrp"),
    "note_resolve": ("", "wrp"),
    "notices": ("wrpm", "wrpm"),
    "outsidelink_add": ("", ""),
    "outsidelink_change": ("wrp", ""),
    "outsidelink_changelist": ("wrp", "wrp"),
    "outsidelink_delete": ("", ""),
    "outsidelink_history": ("wrp", "wrp"),
    "person_add": ("wp", "wp"),
    "person_change": ("wrp", "wp"),
    "person_changelist": ("wrp", "wrp"),
    "person_delete": ("", ""),
    "person_history": ("wrp", "wrp"),
    "picture_add": ("wp", "wp"),
    "picture_change": ("wrp", "wp"),
    "picture_changelist": ("wrp", "wrp"),
    "picture_delete": ("p", "p"),
    "picture_history": ("wrp", "wrp"),
    "picture_library": ("wrp", "wrp"),
    "picture_upload": ("", "wp"),
    "review_add": ("", ""),
    "review_change": ("wrp", ""),
    "review_changelist": ("wrp", "wrp"),
    "review_delete": ("", ""),
    "review_history": ("wrp", "wrp"),
    "topic_add": ("p", "p"),
    "topic_change": ("wrp", "p"),
    "topic_changelist": ("wrp", "wrp"),
    "topic_delete": ("", ""),
    "topic_history": ("wrp", "wrp"),
}
FOR_PUBLISHERS = {
    "article_change": ("wrpm", "p"),
    "article_drafts": ("wrp", "wrp"),
    "article_preview": ("p", "p"),
    "article_side_by_side": ("wrpm", "p"),
    "article_side_by_side_drafts": ("p", "p"),
}
# An article in another state, where another row than above.
STATES = {
    "a draft": {},
    "a published article": FOR_PUBLISHERS | {"article_begin": ("", "wrp")},
    "a next version": {
        **{"article_delete": ("wrp", "wrp"), "article_publish_anyway": ("", "p"), "article_translate": ("", "")},
        "article_take_out_of_trash": ("", "wrp"),
    },
    "a scheduled next version": {
        **FOR_PUBLISHERS,
        **{"article_delete": ("p", "p"), "article_publish_anyway": ("", "p"), "article_translate": ("", "")},
        "article_restore": ("", "p"),
    },
    "a draft in the trash": {
        **{"article_change": ("wrpm", ""), "article_delete": ("", ""), "article_drafts": ("wrp", "wrp")},
        "article_side_by_side_drafts": ("", ""),
        **{"article_preview": ("", ""), "article_restore": ("", ""), "article_side_by_side": ("wrpm", "")},
        "article_translate": ("", ""),
    },
    "a next version in the trash": {
        **{"article_change": ("wrpm", ""), "article_delete": ("", ""), "article_drafts": ("wrp", "wrp")},
        "article_side_by_side_drafts": ("", ""),
        **{"article_preview": ("", ""), "article_restore": ("", ""), "article_side_by_side": ("wrpm", "")},
        **{"article_take_out_of_trash": ("", "wrp"), "article_translate": ("", "")},
    },
}
ACTIONS = {
    "comment approve": "pm",
    "comment reject": "pm",
    "comment delete_selected": "p",
    "heldword delete_selected": "pm",
    "outsidelink ask_again": "wrp",
    "picture delete_selected": "p",
}
STEPS_OF = {
    "submit": "wrp",
    "send_back": "rp",
    "schedule": "p",
    "publish": "p",
    "archive": "p",
    "withdraw_previews": "wrp",
}
REVIEW_ACTIONS = {"approved": "rp", "sent-back": "rp", "spelling": "rp", "byline": "p"}
every_role = pytest.mark.parametrize("letter", ROLES, ids=ROLES.values())


def account(letter: str) -> User:
    return make_account(f"One {ROLES[letter]}", ROLES[letter] if letter != "n" else "")


def own_models() -> list:
    return [model for model in admin.site._registry if model._meta.app_label == "articles"]


def addresses() -> dict[str, tuple]:
    """{the name of an address: (its pattern, the model that has it)} of every screen of the articles."""
    found = [(pattern, model) for model in own_models() for pattern in admin.site._registry[model].get_urls()]
    return {each.name.removeprefix("articles_"): (str(each.pattern), model) for each, model in found if each.name}


def address_of(name: str, pattern: str, row) -> str:
    parts = re.findall(r"<(?:\w+:)?(\w+)>", pattern)
    values = {"object_id": row.pk}
    if "revision" in parts:
        values["revision"] = row.history.last().pk
    if "pk" in parts:
        values["pk"] = next((note.pk for note in row.notes.all()), 0)
    return reverse(f"admin:articles_{name}", args=[values[part] for part in parts])


def is_open(client, method: str, address: str) -> bool:
    """Whether that is answered by anything but a refusal. Nothing that was written stays."""
    with transaction.atomic():
        answer = getattr(client, method)(address)
        transaction.set_rollback(True)
    return answer.status_code not in (403, 405) and "/login/" not in answer.get("Location", "")


def article_in(state: str) -> Article:
    """A translation, with a note."""
    english = make_article("The English one")
    if "draft" in state:
        article = make_article(language="es", translation_of=english, status="draft", publish_at=None)
    else:
        article = published("es", translation_of=english)
    if "next version" in state:
        article = article.begin_next_version()
    if "scheduled" in state:
        article.submit()
        article.schedule(timezone.now() + timedelta(days=1))
    if "trash" in state:
        article.trash()
    Note.objects.create(article=article, text="Say why.")
    return article


# The matrix


def test_every_address_and_action_has_a_row():
    assert set(addresses()) == set(ADDRESSES), "say in ADDRESSES who may GET and POST it"
    user = User.objects.create_superuser("root")
    found = set()
    for model in own_models():
        request = RequestFactory().get("/")
        request.user = user
        found |= {f"{model._meta.model_name} {name}" for name in admin.site._registry[model].get_actions(request)}
    everything = {"person delete_selected", "topic delete_selected"}  # of a superuser alone
    assert found == set(ACTIONS) | everything, "say in ACTIONS who may do it"
    assert set(STEPS) == set(STEPS_OF), "say in STEPS_OF who may take it"


@every_role
@pytest.mark.parametrize("state", STATES)
def test_each_role_reaches_what_its_row_says_and_nothing_else(client, letter, state):
    client.force_login(account(letter))
    rows = {model: article_in(state) if model is Article else ROWS[model]() for model in own_models()}
    reached, expected = {}, {}
    for name, (pattern, model) in addresses().items():
        if model is not Article and state != "a draft":
            continue
        address = address_of(name, pattern, rows[model])
        reached[name] = [is_open(client, method, address) for method in ("get", "post")]
        expected[name] = [letter in each for each in STATES[state].get(name, ADDRESSES[name])]
    assert reached == expected


@every_role
def test_each_role_is_offered_its_actions_and_nothing_else(letter):
    request = RequestFactory().get("/")
    request.user = account(letter)
    offered = {
        f"{model._meta.model_name} {name}"
        for model in own_models()
        for name in admin.site._registry[model].get_actions(request)
    }
    assert offered == {action for action, letters in ACTIONS.items() if letter in letters}


@every_role
def test_each_role_may_take_its_steps_and_no_other(letter):
    user = account(letter)
    allowed = {
        name for name, (_words, _statuses, permission) in STEPS.items() if user.has_perm(f"articles.{permission}")
    }
    assert allowed == {name for name, letters in STEPS_OF.items() if letter in letters}


@every_role
@pytest.mark.parametrize("action", REVIEW_ACTIONS)
def test_each_role_with_recorded_credentials_signs_what_its_row_says(client, letter, action):
    user = make_reviewer("Cara Lind", user=account(letter))
    article = published()
    Person.objects.filter(name="Ana Reyes").update(name="Ana Cruz")
    change(article, make_account("Tim Ash"), body="<p>You have not lost everythin.</p>")
    read = article.text_hash()
    client.force_login(user)
    address = reverse("admin:articles_article_review", args=[article.pk])
    client.post(address, {"action": action, "text_hash": read, "note": "Read."})
    article.refresh_from_db()
    is_done = (
        article.byline_author == "Ana Cruz" if action == "byline" else article.reviews.filter(reviewer=user).exists()
    )
    assert is_done == (letter in REVIEW_ACTIONS[action])


def test_moderators_decide_on_comments_and_see_the_article():
    group = Group.objects.get(name="moderator")
    codenames = set(group.permissions.values_list("codename", flat=True))
    assert codenames == {"view_comment", "change_comment", "view_article"}


def test_only_publishers_publish():
    holders = Group.objects.filter(permissions=Permission.objects.get(codename="publish_article"))
    assert set(holders.values_list("name", flat=True)) == {"publisher"}
