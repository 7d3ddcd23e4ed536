"""Of two workers at once, one publishes a next version."""

import threading
from datetime import timedelta

import time_machine
from django.db import connection
from django.utils import timezone

from articles.models import Article
from tests.articles.factories import make_article
from tests.articles.test_next_versions import begun


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
