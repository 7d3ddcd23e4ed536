"""One uploaded picture, decoded in a process of its own with limits, and written again in two sizes without metadata.

    python -m core.picture_process FOLDER

reads FOLDER/original, writes FOLDER/large.jpg and FOLDER/small.jpg, and prints {"large": [width, height], "small": …}
in pixels, or {"refused": why, …}. core/images.py starts it. It knows no Django and gets no secret of the site: a fault
in a decoder meets neither.
"""

import json
import resource
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

MEGABYTE = 1024 * 1024
MEMORY_BYTES = 512 * MEGABYTE  # address space, of which Python and the decoders take about 100 MB before they begin
CPU_SECONDS = 10
WRITTEN_BYTES = 20 * MEGABYTE
MOST_PIXELS = 40_000_000  # a phone's photograph has 12 to 50 million
LONGEST_SIDE = 20_000  # pixels
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
LARGE_WIDTH, SMALL_WIDTH = 1600, 640  # pixels
QUALITY = 80
BAND_PIXELS = 1_000_000  # that are converted at a time
ORIENTATION = 0x0112  # of EXIF
TURNED = (5, 6, 7, 8)  # its values by which width and height change places
TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")


class Refused(Exception):  # noqa: N818 - said to the sender
    """The picture is not taken; the arguments say why, for core/images.py."""


def fitting(width: int, height: int, widest: int) -> tuple[int, int]:
    """Width and height, in pixels, of a picture of this size that is to be no wider than `widest`."""
    return (width, height) if width <= widest else (widest, max(1, round(height * widest / width)))


def set_limits() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(limit)
        lowest = min(bound for bound in (most, _soft, hard) if bound != resource.RLIM_INFINITY)
        resource.setrlimit(limit, (lowest, lowest))


def read(path: Path) -> Image.Image:
    """The picture upright, in RGB, less than twice as wide as its large version.

    Raises Refused and what Pillow raises.
    """
    with Image.open(path, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise Refused("pixels", width * height)
        if max(width, height) > LONGEST_SIDE:
            raise Refused("side", max(width, height))
        orientation = image.getexif().get(ORIENTATION, 1)
        across = height if orientation in TURNED else width
        factor = max(1, across // LARGE_WIDTH)
        image.draft("RGB", (width // factor, height // factor))  # decodes a JPEG at an eighth, a quarter or a half
        image.load()
        small = reduced(image, max(1, factor * image.width // width))
    small.getexif()[ORIENTATION] = orientation
    return ImageOps.exif_transpose(small)


def reduced(image: Image.Image, factor: int) -> Image.Image:
    """The picture in RGB at a whole fraction of its size, one band after the other: no second copy of all of it."""
    if factor == 1 and image.mode == "RGB" and "transparency" not in image.info:
        return image
    width, height = image.size
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = max(1, BAND_PIXELS // width // factor) * factor
    for top in range(0, height, rows):
        band = on_white(image.crop((0, top, width, min(height, top + rows))))
        small.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    return small


def on_white(image: Image.Image) -> Image.Image:
    """Transparent pixels become white: JPEG has no transparency. Of 16 bits a channel the upper eight are kept."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    if image.mode in TRANSPARENT or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def write(image: Image.Image, path: Path, widest: int) -> tuple[int, int]:
    """Write the pixels alone, without place, time and camera. Raises Refused if the disk takes no more."""
    size = fitting(*image.size, widest)
    pixels = Image.new("RGB", size)
    pixels.paste(image if image.size == size else image.resize(size, Image.Resampling.LANCZOS))
    try:
        pixels.save(path, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    except OSError as error:
        raise Refused("disk") from error
    return size


def main(folder: Path) -> dict:
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
    try:
        image = read(folder / "original")
        sizes = {
            name: write(image, folder / f"{name}.jpg", widest)
            for name, widest in (("large", LARGE_WIDTH), ("small", SMALL_WIDTH))
        }
    except Refused as refused:
        why, *about = refused.args
        return {"refused": why, "about": about}
    except Image.DecompressionBombError:
        return {"refused": "far too many", "about": []}
    except MemoryError:
        return {"refused": "too much", "about": []}
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        return {"refused": "unreadable", "about": []}
    return sizes


if __name__ == "__main__":
    set_limits()
    print(json.dumps(main(Path(sys.argv[1]))))
