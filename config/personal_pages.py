"""Pages about one person: never kept by a cache, and able to post under the site's strict referrer policy."""

from django.utils.translation import get_language_from_path

PERSONAL = ("/account/", "/list-your-practice/", "/dev-gateway/")
PUBLIC = ("/list-your-practice/plans/",)


def personal_pages(get_response):
    """Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses."""

    def answer(request):
        response = get_response(request)
        path = request.path_info
        if language := get_language_from_path(path):
            path = path.removeprefix(f"/{language}")
        if path.startswith(PERSONAL) and not path.startswith(PUBLIC):
            response.headers["Cache-Control"] = "no-store, private"
            response.headers["Referrer-Policy"] = "same-origin"
        return response

    return answer
