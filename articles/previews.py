"""Links to drafts for people without an account: signed, for one article, for some days or until withdrawn."""

from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils.translation import override

SALT = "articles.preview"
LIFETIME = timedelta(days=7)


def address_of(article) -> str:
    """The path of the preview. The signed part is in the query, which no log stores."""
    with override(article.language):
        return reverse(
            "articles:preview", query={"link": signing.dumps([article.pk, article.preview_number], salt=SALT)}
        )


def read(link: str) -> dict[str, int]:
    """What the article of the link is found by. Raises BadSignature if it is older than LIFETIME, or not signed by us.

    No article is found by a link that was withdrawn.
    """
    values = signing.loads(link, salt=SALT, max_age=LIFETIME)
    if not isinstance(values, list):  # of a release that could not withdraw them
        raise signing.BadSignature("This link names no number.")
    pk, number = values
    return {"pk": pk, "preview_number": number}
