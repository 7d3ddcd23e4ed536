"""Rows of articles in the database of the running site, some of them written without any check."""

from tests.browser.follow import follow

EDITOR_PASSWORD = "only-for-this-test"
MAKE_EDITOR = """
from django.contrib.auth.models import Group, User
user = User.objects.create_user(data["name"], password=data["password"], is_staff=True)
user.groups.add(Group.objects.get(name=data["group"]))
"""
RECORD_CREDENTIALS = """
from django.contrib.auth.models import User
from articles.models import Person
person = Person.objects.get_or_create(name=data["person"])[0]
person.user, person.credentials = User.objects.get(username=data["name"]), "MD"
person.record_credentials(User.objects.get_or_create(username="recorder")[0])
person.save()
"""
STORE_PAYLOADS = """
from django.utils import timezone
from articles.models import Article, Citation, Comment, Person
author = Person.objects.create(name="Payload author", about=data[0][:300], credentials=data[0][:120])
for number, payload in enumerate(data):
    picture = f'<img src="/pictures/0123456789abcdef-9x9.jpg" alt="{payload}">'
    [article] = Article.objects.bulk_create([Article(  # which skips save(), and so the cleaning
        slug=f"payload-{number}", title=payload[:120], summary=payload[:300], author=author, is_sample=True,
        body=f"<p>{payload}</p><h2>{payload}</h2>{picture}<a href='{payload}'>x</a>{payload}",
        status="published", publish_at=timezone.now())])
    Citation.objects.bulk_create([Citation(
        article=article, title=payload[:250], publisher=payload[:150], url=payload[:500])])
    Comment.objects.bulk_create([Comment(article=article, name=payload[:60], text=payload, status="approved")])
"""
REMOVE_PAYLOADS = """
from articles.models import Article, Person
Article.objects.filter(slug__startswith="payload-").delete()
Person.objects.filter(name="Payload author").delete()
"""


def run_on(site, code: str, data) -> str:
    """Run `code` with `data` on the database of the running site. Returns what it printed."""
    return site.shell.run(code, data)


def make_editor(site, name: str, group: str) -> None:
    run_on(site, MAKE_EDITOR, {"name": name, "group": group, "password": EDITOR_PASSWORD})


def make_reviewer(site, name: str, person: str, group: str = "reviewer") -> None:
    """An account of somebody whose credentials were recorded."""
    make_editor(site, name, group)
    run_on(site, RECORD_CREDENTIALS, {"name": name, "person": person})


def log_in(page, name: str) -> None:
    page.goto("/admin/login/?next=/admin/articles/article/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(EDITOR_PASSWORD)
    follow(page.get_by_role("button", name="Log in"))
