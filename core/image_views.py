from django.http import FileResponse, Http404

from core.images import storage


def picture(request, name, **size):
    """A picture of an article or a clinic. Its name is that of its content, so a browser may keep it for ever."""
    try:
        file = storage().open(name)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
