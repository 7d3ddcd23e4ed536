"""Pictures that editors and owners upload: checked, written again without metadata, in two sizes."""

import contextlib
import hashlib
import io
import re
import warnings
from pathlib import PurePosixPath
from typing import Protocol

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils.translation import gettext as _
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
    """Width and height, in pixels, of the small version of a picture of this size."""
    return _fitting(width, height, SMALL_WIDTH)


def _fitting(width: int, height: int, widest: int) -> tuple[int, int]:
    return (width, height) if width <= widest else (widest, max(1, round(height * widest / width)))


def write(image: Image.Image, storage, salt: bytes = b"") -> tuple[str, int, int]:
    """Store a picture in both sizes; return name, width and height of the large one.

    The name is a hash of the content. With another `salt` the same picture has another name, and so other files.
    Raises ValidationError with a sentence if the storage cannot be written.
    """
    digest = hashlib.sha256(salt + image.tobytes()).hexdigest()[:16]
    for widest in (SMALL_WIDTH, LARGE_WIDTH):
        size = _fitting(*image.size, widest)
        name = f"{digest}-{size[0]}x{size[1]}.jpg"
        try:
            if not storage.exists(name):
                storage.save(name, ContentFile(_as_jpeg(image, size)))
        except OSError as error:  # browsers would keep half a picture for ever under this name
            with contextlib.suppress(OSError):
                storage.delete(name)
            raise ValidationError(
                _(
                    "The picture could not be kept: the site's disk is full or cannot be written. "
                    "Tell whoever runs the site, and try again later."
                )
            ) from error
    return name, *size


def storage():
    """The public storage: readers may fetch every file in it."""
    return storages["pictures"]


class PictureFields(Protocol):
    """What a row has that describes a stored picture."""

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class StoredPicture:
    """The addresses of a row with the name, width and height of a stored picture."""

    @property
    def url(self: PictureFields) -> str:
        return reverse("picture", args=[self.name])

    @property
    def small_name(self: PictureFields) -> str:
        return _small_name(self)

    @property
    def small_width(self: PictureFields) -> int:
        return small_size(self.width, self.height)[0]

    @property
    def small_url(self: PictureFields) -> str:
        return reverse("picture", args=[_small_name(self)])


def _small_name(picture: PictureFields) -> str:
    width, height = small_size(picture.width, picture.height)
    return f"{PurePosixPath(picture.name).stem.split('-')[0]}-{width}x{height}.jpg"


def open_upload(upload) -> Image.Image:
    """The picture of an uploaded file, upright, in RGB. Raises ValidationError with a sentence for the sender."""
    if upload.size > LARGEST_BYTES:
        sentence = _("The picture has %(size)s MB; it may have %(most)s MB. Save it smaller and try again.")
        facts = {"size": f"{upload.size / MEGABYTE:.1f}", "most": LARGEST_BYTES // MEGABYTE}
        raise ValidationError(sentence % facts)
    data = upload.read()
    if LOOKS_LIKE_SVG.search(data[:1024]):
        raise ValidationError(
            _("This is an SVG or web page, which can hold programs. Save the picture as JPEG or PNG and upload that.")
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > LARGEST_PIXELS:
            sentence = _("The picture has %(size)s megapixels; it may have %(most)s. Save it smaller and try again.")
            facts = {"size": f"{image.width * image.height / 1e6:,.0f}", "most": LARGEST_PIXELS // 1_000_000}
            raise ValidationError(sentence % facts)
        return _on_white(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as error:
        raise ValidationError(_("The picture has far too many pixels. Save it smaller and try again.")) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        sentence = _("This file is not a picture we can read. Use a JPEG, PNG, WebP or GIF file.")
        raise ValidationError(sentence) from error


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent pixels become white: JPEG has no transparency."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image).convert("RGB")
    return image.convert("RGB")


def _as_jpeg(image: Image.Image, size: tuple[int, int]) -> bytes:
    """The pixels alone, without place, time and camera."""
    pixels = Image.new("RGB", size)
    pixels.paste(image if image.size == size else image.resize(size, Image.Resampling.LANCZOS))
    out = io.BytesIO()
    pixels.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
