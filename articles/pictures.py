"""Pictures of articles: what editors upload becomes a row with its text."""

from django.core.exceptions import ValidationError

from core.images import prepare, store


def store_upload(upload, alt: str, user, storage=None):
    """A saved Picture made of the uploaded file. Raises ValidationError with a sentence for the editor."""
    from articles.models import Picture

    if not alt.strip():
        raise ValidationError("Say in the alternative text what the picture shows, for who cannot see it.")
    name, width, height = store(prepare(upload), storage or Picture.storage())
    picture, _created = Picture.objects.get_or_create(
        name=name, defaults={"width": width, "height": height, "alt": alt.strip()[:250], "uploaded_by": user}
    )
    return picture
