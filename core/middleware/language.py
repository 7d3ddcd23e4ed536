from django.conf import settings
from django.utils import translation


def language_of_the_address(get_response):
    """English, or Spanish under /es/: an address answers the same for everybody.

    Django's LocaleMiddleware would do it too, but it tells every cache that a page varies with the reader's browser.
    """

    def answer(request):
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", language)
        return response

    return answer
