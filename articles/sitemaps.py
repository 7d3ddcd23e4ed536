from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, Q
from django.urls import reverse

from articles.models import Article, Topic


class ArticleSitemap(Sitemap):
    limit = 10000

    def items(self):
        return Article.objects.published().order_by("pk").only("slug", "language", "updated_at")

    def lastmod(self, article):
        return article.updated_at


class TopicSitemap(Sitemap):
    """Each topic in the languages in which it has something to read."""

    i18n = alternates = x_default = True

    def items(self):
        by_language = {
            f"updated_{code}": Max("articles__updated_at", filter=published(code))
            for code, _name in settings.LANGUAGES
        }
        return Topic.objects.filter(articles__in=Article.objects.published()).annotate(**by_language).order_by("slug")

    def get_languages_for_item(self, topic):
        return [code for code, _name in settings.LANGUAGES if getattr(topic, f"updated_{code}")]

    def location(self, topic):
        return topic.get_absolute_url()

    def lastmod(self, topic):
        return max(getattr(topic, f"updated_{code}") for code in self.get_languages_for_item(topic))


def published(language: str) -> Q:
    return Q(articles__in=Article.objects.published().in_language(language))


class ListSitemap(Sitemap):
    i18n = alternates = x_default = True

    def items(self):
        return ["article_list", "topic_list"]

    def location(self, item):
        return reverse(f"articles:{item}")


SITEMAPS = {"article-list": ListSitemap, "topics": TopicSitemap, "articles": ArticleSitemap}
