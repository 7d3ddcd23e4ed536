"""The page on which each person of the staff says of what, and how, they want to be told."""

import pytest
from django.contrib.auth.models import User

from articles.models.notices import NoticeChoice as Choice
from tests.articles.staff import as_user, make_staff

pytestmark = pytest.mark.django_db
Event, How = Choice.Event, Choice.How
PAGE = "/admin/articles/article/notices/"


def test_each_person_chooses_among_what_they_may_be_told_of(wren, rosa, paul):
    offered = {user: list(as_user(user).get(PAGE).context["form"].fields) for user in (wren, rosa, paul)}
    assert offered[wren] == [Event.SENT_BACK, Event.APPROVED, Event.PUBLISHED]
    assert set(offered[rosa]) == {*offered[wren], Event.HANDED_IN, Event.REVIEW_DUE}
    assert set(offered[paul]) == {*offered[rosa], Event.DEAD_LINK}
    client = as_user(wren)
    choice = {Event.SENT_BACK: How.DAILY, Event.APPROVED: How.NEVER, Event.PUBLISHED: How.AT_ONCE}
    page = client.post(PAGE, choice | {Event.HANDED_IN: How.AT_ONCE, "user": paul.pk}, follow=True).text
    assert "Saved. From now on you get mails in this way." in page
    assert dict(Choice.objects.filter(user=wren).values_list("event", "how")) == choice
    assert not Choice.objects.exclude(user=wren).exists()
    assert client.post(PAGE, choice | {Event.APPROVED: "hourly"}).status_code == 422
    assert Choice.of(wren)[Event.APPROVED] == How.NEVER


def test_the_page_is_linked_for_those_who_may_be_told_and_closed_to_others(wren):
    caller = make_staff("caller")
    assert as_user(caller).get(PAGE).status_code == 403
    assert PAGE not in as_user(caller).get("/admin/").text
    assert PAGE in as_user(wren).get("/admin/").text
    assert as_user(User.objects.create_user("owner")).get(PAGE).status_code == 302  # to the log-in


def test_who_has_no_address_is_told_so(wren):
    User.objects.filter(pk=wren.pk).update(email="")
    assert "Your account has no e-mail address" in as_user(wren).get(PAGE).text
