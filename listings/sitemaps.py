from django.urls import reverse

from clinics.sitemaps import SitemapInEveryLanguage


class OwnerSitemap(SitemapInEveryLanguage):
    """The public ones of the pages for owners."""

    def items(self):
        return ["start", "plans"]

    def location(self, item):
        return reverse(f"listings:{item}")


SITEMAPS = {"owners": OwnerSitemap}
