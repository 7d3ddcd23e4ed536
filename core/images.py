"""Pictures that editors and owners upload: checked, written again without metadata, in two sizes.

The process that answers the upload decodes nothing: core/picture_process.py does, one picture at a time.
"""

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import locks
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils.translation import gettext as _

from core.picture_process import LONGEST_SIDE, MEGABYTE, MOST_PIXELS, SMALL_WIDTH, fitting

LARGEST_BYTES = 10 * MEGABYTE
NAME = re.compile(r"[0-9a-f]{16}-(?P<width>\d{1,5})x(?P<height>\d{1,5})\.jpg")
LOOKS_LIKE_SVG = re.compile(rb"<\s{0,20}(svg|\?xml|!doctype|html|script)", re.IGNORECASE)
POLL_SECONDS = 0.1
LOCK_SECONDS = 5  # to wait for the picture before; one takes about a second
PROCESS_SECONDS = 30
KEPT_VARIABLES = ("PATH", "LANG", "LD_LIBRARY_PATH")  # of the environment, which holds the secrets of the site


class Version(NamedTuple):
    """A picture in one size, as it will be stored."""

    width: int
    height: int
    jpeg: bytes

    def name(self, digest: str) -> str:
        return f"{digest}-{self.width}x{self.height}.jpg"


class Prepared(NamedTuple):
    """A picture that has been decoded and written again."""

    large: Version
    small: Version


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height, in pixels, of the small version of a picture of this size."""
    return fitting(width, height, SMALL_WIDTH)


def store(picture: Prepared, storage, salt: bytes = b"") -> tuple[str, int, int]:
    """Store a picture in both sizes; return name, width and height of the large one.

    The name is a hash of the content. With another `salt` the same picture has another name, and so other files.
    Raises ValidationError with a sentence if the storage cannot be written.
    """
    digest = hashlib.sha256(salt + picture.large.jpeg).hexdigest()[:16]
    for version in (picture.small, picture.large):
        name = version.name(digest)
        try:
            if not storage.exists(name):
                storage.save(name, ContentFile(version.jpeg))
        except OSError as error:  # browsers would keep half a picture for ever under this name
            with contextlib.suppress(OSError):
                storage.delete(name)
            raise ValidationError(_disk_is_full()) from error
    return name, picture.large.width, picture.large.height


def _disk_is_full() -> str:
    return _(
        "The picture could not be kept: the site's disk is full or cannot be written. "
        "Tell whoever runs the site, and try again later."
    )


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


def prepare(upload) -> Prepared:
    """The picture of an uploaded file in both sizes. Raises ValidationError with a sentence for the sender."""
    if upload.size > LARGEST_BYTES:
        sentence = _("The picture has %(size)s MB; it may have %(most)s MB. Save it smaller and try again.")
        facts = {"size": f"{upload.size / MEGABYTE:.1f}", "most": LARGEST_BYTES // MEGABYTE}
        raise ValidationError(sentence % facts)
    upload.seek(0)
    if LOOKS_LIKE_SVG.search(upload.read(1024)):
        raise ValidationError(
            _("This is an SVG or web page, which can hold programs. Save the picture as JPEG or PNG and upload that.")
        )
    try:
        with _one_at_a_time(), tempfile.TemporaryDirectory(prefix="picture-") as folder:
            return _decoded(upload, Path(folder))
    except OSError as error:
        raise ValidationError(_disk_is_full()) from error


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A lock of this machine, whose memory it bounds. Raises ValidationError if others hold it for LOCK_SECONDS.

    Not one of the database: the web server's connections are pooled, and would be held while a picture is decoded.
    """
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR_DIR / "picture.lock").open("w") as file:
        until = time.monotonic() + LOCK_SECONDS
        while not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            if time.monotonic() >= until:
                sentence = _("Another picture is being prepared. Wait a moment and send yours once more.")
                raise ValidationError(sentence)
            time.sleep(POLL_SECONDS)
        yield


def _decoded(upload, folder: Path) -> Prepared:
    with (folder / "original").open("wb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
    told = _told_of(folder)
    if "refused" in told:
        raise ValidationError(_sentence(told["refused"], *told["about"]))

    def version(name: str) -> Version:
        width, height = told[name]
        return Version(width, height, (folder / f"{name}.jpg").read_bytes())

    return Prepared(version("large"), version("small"))


def _told_of(folder: Path) -> dict[str, Any]:
    """What the process says of a picture; that it ended without a word is "too much": its limits ended it."""
    command = [sys.executable, "-m", "core.picture_process", str(folder)]
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    try:
        ended = subprocess.run(  # noqa: S603 - our own program
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, timeout=PROCESS_SECONDS, check=True
        )
        return json.loads(ended.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return {"refused": "too much", "about": []}


def _sentence(why: str, number: int = 0) -> str:
    """What to tell the sender of a picture that is refused."""
    if why == "disk":
        return _disk_is_full()
    if why == "pixels":
        facts = {"size": f"{number / 1e6:,.0f}", "most": MOST_PIXELS // 1_000_000}
        return _("The picture has %(size)s megapixels; it may have %(most)s. Save it smaller and try again.") % facts
    if why == "far too many":
        return _("The picture has far too many pixels. Save it smaller and try again.")
    if why == "side":
        facts = {"size": f"{number:,}", "most": f"{LONGEST_SIDE:,}"}
        return _("One side of the picture has %(size)s pixels; it may have %(most)s. Cut it and try again.") % facts
    if why == "too much":
        return _("The picture takes too much memory or time to unpack. Save it smaller, as JPEG, and try again.")
    return _("This file is not a picture we can read. Use a JPEG, PNG, WebP or GIF file.")
