"""Pictures that editors upload: checked, written anew without metadata, in two sizes."""

import hashlib
import io
import re
import warnings

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image, ImageOps, UnidentifiedImageError

MEGABYTE = 1024 * 1024
LARGEST_BYTES = 10 * MEGABYTE
LARGEST_PIXELS = 40_000_000  # decoded, 40 megapixels are about 120 MB of memory; a phone's photograph has 12 to 50
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
LARGE_WIDTH, SMALL_WIDTH = 1600, 640  # pixels
QUALITY = 80
NAME = re.compile(r"[0-9a-f]{16}-(?P<width>\d{1,5})x(?P<height>\d{1,5})\.jpg")
LOOKS_LIKE_SVG = re.compile(rb"<\s*(svg|\?xml|!doctype|html|script)", re.IGNORECASE)


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height, in pixels, of the small one of a picture of this size."""
    return _fitting(width, height, SMALL_WIDTH)


def _fitting(width: int, height: int, widest: int) -> tuple[int, int]:
    return (width, height) if width <= widest else (widest, max(1, round(height * widest / width)))


def store_upload(upload, alt: str, user, storage=None):
    """A saved Picture made of the uploaded file. Raises ValidationError with a sentence for the editor."""
    from articles.models import Picture

    if not alt.strip():
        raise ValidationError("Say in the alternative text what the picture shows, for who cannot see it.")
    large = open_upload(upload)
    storage = storage or Picture.storage()
    digest = hashlib.sha256(large.tobytes()).hexdigest()[:16]
    for widest in (SMALL_WIDTH, LARGE_WIDTH):
        size = _fitting(*large.size, widest)
        name = f"{digest}-{size[0]}x{size[1]}.jpg"
        if not storage.exists(name):
            storage.save(name, ContentFile(_as_jpeg(large, size)))
    picture, _created = Picture.objects.get_or_create(
        name=name, defaults={"width": size[0], "height": size[1], "alt": alt.strip()[:250], "uploaded_by": user}
    )
    return picture


def open_upload(upload) -> Image.Image:
    """The picture of an uploaded file, upright, in RGB. Raises ValidationError with a sentence for the editor."""
    if upload.size > LARGEST_BYTES:
        raise ValidationError(
            f"The picture has {upload.size / MEGABYTE:.1f} MB; it may have {LARGEST_BYTES // MEGABYTE} MB. "
            "Save it smaller and try again."
        )
    data = upload.read()
    if LOOKS_LIKE_SVG.search(data[:1024]):
        raise ValidationError(
            "This is an SVG or web page, which can hold programs. Save the picture as JPEG or PNG and upload that."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is lower
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > LARGEST_PIXELS:
            raise ValidationError(
                f"The picture has {image.width * image.height / 1e6:,.0f} megapixels; it may have "
                f"{LARGEST_PIXELS // 1_000_000}. Save it smaller and try again."
            )
        image = ImageOps.exif_transpose(image)
        return _on_white(image)
    except Image.DecompressionBombError as error:
        raise ValidationError("The picture has far too many pixels. Save it smaller and try again.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise ValidationError("This file is not a picture we can read. Use a JPEG, PNG, WebP or GIF file.") from error


def _on_white(image: Image.Image) -> Image.Image:
    """What is transparent becomes white: JPEG knows no transparency."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image).convert("RGB")
    return image.convert("RGB")


def _as_jpeg(image: Image.Image, size: tuple[int, int]) -> bytes:
    """Of the pixels alone: place, time and camera are left behind."""
    pixels = Image.new("RGB", size)
    pixels.paste(image if image.size == size else image.resize(size, Image.Resampling.LANCZOS))
    out = io.BytesIO()
    pixels.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
