"""Links to drafts for people without an account: signed, for one article, for some days."""

from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils.translation import override

SALT = "articles.preview"
LIFETIME = timedelta(days=7)


def address_of(article) -> str:
    """The path of the preview. The signed part is in the query, which no log stores."""
    with override(article.language):
        return reverse("articles:preview", query={"link": signing.dumps(article.pk, salt=SALT)})


def read(link: str) -> int:
    """The number of the article. Raises BadSignature if the link is older than LIFETIME, or we did not sign it."""
    return signing.loads(link, salt=SALT, max_age=LIFETIME)
