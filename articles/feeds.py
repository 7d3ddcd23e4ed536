from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles.models import Article
from articles.search import reader_language

NEWEST = 20


class ArticleFeed(Feed):
    """Atom, in the language of its address."""

    feed_type = Atom1Feed

    def title(self):
        return f"{settings.SITE_NAME}: {_('Articles')}"

    def subtitle(self):
        return _("Articles about treatment for opioid use disorder and recovery.")

    def link(self):
        return reverse("articles:article_list")

    def items(self):
        articles = Article.objects.published().in_language(reader_language()).select_related("author", "hero")
        reviews = articles.reviews_of_pages()
        return articles.prefetch_related("topics", "citations", reviews).defer("vector")[:NEWEST]

    def item_title(self, article):
        return article.title

    def item_description(self, article):
        """The summary, and who signed the medical review of this very text, if somebody did."""
        standing = article.standing
        if standing is None or not standing.is_signed:
            return article.summary
        day = date_format(standing.review.reviewed_on)
        return f"{article.summary} {_('Medical review:')} {standing.review.signature}, {day}."

    def item_author_name(self, article):
        return str(article.named_author or settings.SITE_NAME)

    def item_pubdate(self, article):
        return article.publish_at

    def item_updateddate(self, article):
        return article.updated_at

    def item_categories(self, article):
        return [topic.label for topic in article.topics.all()]
