"""A comment's own link: whoever sent the comment alone is given it, and reads there what an editor answered.

Signed, without an account, a cookie or a row: nothing about the writer is stored for it.
"""

from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils import timezone

SALT = "articles.own-comment"
LIFETIME = timedelta(days=90)


def link_of(comment) -> str:
    """The signed part of the address. It is sent in the query, which no log stores."""
    return signing.dumps(comment.pk, salt=SALT)


def address_of(link: str) -> str:
    """The path, in the present language."""
    return reverse("articles:own_comment", query={"link": link})


def read(link: str) -> int:
    """The number of the comment. Raises BadSignature if the link is older than LIFETIME, or not signed by us."""
    return signing.loads(link, salt=SALT, max_age=LIFETIME)


def has_ended(comment) -> bool:
    """Whether its link works no longer: nobody would see an answer."""
    return timezone.now() > comment.created_at + LIFETIME
