"""Pictures of articles: what editors upload becomes a row with its text."""

from django.core.exceptions import ValidationError

from core.images import prepare, store


def store_upload(upload, alt: str, user, storage=None, credit: str = ""):
    """The Picture of the uploaded file, saved; if the library has the same one, that one, with its own words
    and `is_new` False.

    Raises ValidationError with a sentence for the editor.
    """
    from articles.models import Picture

    if not alt.strip():
        raise ValidationError("Say in the alternative text what the picture shows, for people who cannot see it.")
    name, width, height = store(prepare(upload), storage or Picture.storage())
    picture, is_new = Picture.objects.get_or_create(
        name=name,
        defaults={
            **{"width": width, "height": height, "alt": alt.strip()[:250], "credit": credit.strip()[:150]},
            "uploaded_by": user,
        },
    )
    picture.is_new = is_new
    return picture
