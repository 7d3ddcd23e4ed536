from django.conf import settings


def site(request) -> dict[str, str]:
    """What every page says of the site itself."""
    return {"site_name": settings.SITE_NAME, "contact_email": settings.CONTACT_EMAIL}
