"""Of two at once: one worker publishes a next version, and no button writes over a save."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from articles.models import Article
from tests.articles.factories import make_article
from tests.articles.staff import as_user, fields_of, path_of
from tests.articles.test_next_versions import begun
from tests.databases import wait_until_somebody_waits


def test_two_workers_publish_a_next_version_once(without_rollback):
    article = make_article()
    version = begun(article, title="A new start")
    when = timezone.now() + timedelta(hours=1)
    version.schedule(when)
    together, published = threading.Barrier(2), []

    def work():
        mine = Article.objects.get(pk=version.pk)
        together.wait()
        published.append(mine.publish_if_due())
        connection.close()

    with time_machine.travel(when + timedelta(seconds=1), tick=False):
        workers = [threading.Thread(target=work) for _worker in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(published) == [False, True]
    assert list(Article.objects.all()) == [article]
    article.refresh_from_db()
    published_rows = article.history.filter(history_change_reason="Next version published at its time")
    assert (article.title, published_rows.count()) == ("A new start", 1)


def test_a_form_that_waits_for_the_publication_of_its_row_comes_back_as_text_to_copy(without_rollback):
    writer = as_user(User.objects.create_superuser("wren"))
    version = begun(make_article())
    path, answers = path_of(version), []
    fields = fields_of(writer.get(path)) | {"body": "<p>Typed for an hour.</p>"}
    save = threading.Thread(target=lambda: (answers.append(writer.post(path, fields)), connection.close()))
    with transaction.atomic():
        version.publish()
        save.start()
        wait_until_somebody_waits()
    save.join()
    [answer] = answers
    assert (answer.status_code, "<p>Typed for an hour.</p>" in answer.text) == (404, True)
    assert Article.objects.get().body == "<p>You have not lost everything.</p>"


# What a publisher does with a row while a writer's save is not committed yet.
def publish_anyway(version) -> tuple:
    Article.objects.filter(pk=version.revises_id).update(version=F("version") + 1)
    return "publish-anyway", {"compared": f"{version.version} {version.revises.version + 1}"}


def put_into_trash(version) -> tuple:
    return "delete", {"post": "yes"}


def take_out_of_trash(version) -> tuple:
    version.trash()
    return "take-out-of-trash", {}


@pytest.mark.parametrize("prepare", [publish_anyway, put_into_trash, take_out_of_trash])
def test_a_save_that_is_being_written_is_not_overwritten(without_rollback, prepare):
    publisher = as_user(User.objects.create_superuser("paul"))
    version = begun(make_article(), title="A new start")
    view, fields = prepare(version)
    press = threading.Thread(target=lambda: (publisher.post(path_of(version, view), fields), connection.close()))
    with transaction.atomic():
        Article.objects.filter(pk=version.pk).update(summary="A writer's last words.", version=F("version") + 1)
        press.start()
        wait_until_somebody_waits()
    press.join()
    assert Article.objects.get(pk=version.pk).summary == "A writer's last words."
