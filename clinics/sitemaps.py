from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from clinics.models import Clinic
from clinics.presets import PAGES
from clinics.search import treats


class SitemapInEveryLanguage(Sitemap):
    """Each address in each language, with the others as its alternates."""

    i18n = alternates = x_default = True


class PageSitemap(SitemapInEveryLanguage):
    def items(self):
        return ["home", "tonight", "pharmacy_list", "state_list", "accuracy", "privacy", "accessibility", "api"]

    def location(self, item):
        return reverse(f"clinics:{item}")


class PresetSitemap(SitemapInEveryLanguage):
    def items(self):
        return list(PAGES.values())

    def location(self, item):
        return reverse("clinics:preset", args=[item.slug])


def named_to_search_engines():
    """Listed clinics but those that say they do not treat opioid use disorder."""
    return Clinic.objects.listed().treating(treats.OPIOIDS)


class TelehealthSitemap(SitemapInEveryLanguage):
    def items(self):
        return sorted(named_to_search_engines().order_by().values_list("state", flat=True).distinct())

    def location(self, item):
        return reverse("clinics:telehealth_list", args=[item.lower()])


class CitySitemap(SitemapInEveryLanguage):
    limit = 10000

    def items(self):
        return list(
            named_to_search_engines()
            .exclude(city_slug="")
            .order_by("state", "city_slug")
            .values("state", "city_slug")
            .annotate(updated_at=Max("updated_at"))
        )

    def location(self, item):
        return reverse("clinics:city_detail", args=[item["state"].lower(), item["city_slug"]])

    def lastmod(self, item):
        return item["updated_at"]


class ClinicSitemap(SitemapInEveryLanguage):
    limit = 10000

    def items(self):
        return named_to_search_engines().order_by("pk").only("pk", "name", "city", "updated_at")

    def lastmod(self, item):
        return item.updated_at


SITEMAPS = {
    "pages": PageSitemap,
    "presets": PresetSitemap,
    "telehealth": TelehealthSitemap,
    "cities": CitySitemap,
    "clinics": ClinicSitemap,
}
