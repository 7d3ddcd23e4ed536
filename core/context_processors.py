from django.conf import settings

from core import brand


def site(request) -> dict:
    """What every page says of the site itself."""
    return {
        "site_name": settings.SITE_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "tabs_name_articles": settings.ARTICLE_TAB_TITLES == "title",
        "brand_version": brand.version(brand.site_style_sheet()),
        "own_helplines": brand.site_helplines(),
    }
