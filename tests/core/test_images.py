"""Pictures that are sent to do harm: each gets a sentence, and none costs the process that answers its memory."""

import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files import locks
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import images
from core.images import prepare
from core.picture_process import LONGEST_SIDE, MEGABYTE, MEMORY_BYTES

NOT_READABLE = "not a picture we can read"
TOO_MUCH = "too much memory or time"
LARGE = (8000, 5000)  # 40 megapixels: as many as may be sent
LARGE_WEBP = bytes.fromhex(
    "524946461e000000574542505650384c110000002f3fdfe11407d0842634a1648188e87f0000"
)  # as large, of one color


def bytes_of(image: Image.Image, format_name: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("picture", data)


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as refused:
        prepare(upload(data))
    return refused.value.messages[0]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with(extra: bytes, *, interlaced: bool = False, size: tuple[int, int] = (40, 30)) -> bytes:
    """A grey PNG of 8 bits with another chunk before its pixels, which are all black."""
    rows = zlib.compress(b"\0" * ((size[0] + 1) * size[1] * (2 if interlaced else 1)))
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_of_frames(count: int) -> bytes:
    frames = [Image.new("P", (300, 300), color % 250) for color in range(count)]
    return bytes_of(frames[0], "GIF", save_all=True, append_images=frames[1:])


@pytest.fixture(scope="module")
def clear_png() -> bytes:
    """Some 160 KB of RGBA, which are 160 MB when they are unpacked."""
    width, height = LARGE
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(b"\0" + b"\x09\x09\x09\x64" * width) for _row in range(height)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def high_water_bytes() -> int:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def test_the_largest_picture_costs_the_process_that_answers_next_to_nothing(clear_png):
    Path("/proc/self/clear_refs").write_text("5")  # the high water mark begins anew
    before = high_water_bytes()
    prepared = prepare(upload(clear_png))
    assert (prepared.large.width, prepared.large.height) == (1600, 1000)
    assert high_water_bytes() - before < 20 * MEGABYTE


def test_the_largest_picture_costs_its_own_process_half_of_what_that_may_take(clear_png, tmp_path):
    (tmp_path / "original").write_bytes(clear_png)
    # Its own mark: the one that the system gives to a parent begins with what the parent had when it forked.
    code = f"from pathlib import Path; from core import picture_process as p; folder = Path({str(tmp_path)!r})"
    code += "; p.set_limits(); p.main(folder)"
    code += "; print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert (tmp_path / "large.jpg").exists()
    assert int(done.stdout) * 1024 < MEMORY_BYTES / 2


def test_a_picture_that_needs_more_memory_than_its_process_gets_is_refused():
    assert TOO_MUCH in refusal(LARGE_WEBP)


def test_a_process_that_ends_without_a_word_is_a_picture_that_takes_too_much(monkeypatch):
    monkeypatch.setattr(images, "PROCESS_SECONDS", 0.01)
    assert TOO_MUCH in refusal(bytes_of(Image.new("L", (9, 9)), "PNG"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png_with(chunk(b"zTXt", b"a\0\0" + zlib.compress(b"0" * 80_000_000))), NOT_READABLE),
        (png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"0" * 80_000_000))), NOT_READABLE),
        (png_with(b"", size=(LONGEST_SIDE + 1, 9)), "One side of the picture has 20,001 pixels; it may have 20,000"),
        (bytes_of(Image.effect_noise((300, 300), 90), "PNG")[:20_000], NOT_READABLE),
        (bytes_of(Image.effect_noise((300, 300), 90), "JPEG")[:9_000], NOT_READABLE),
        (random.Random(1).randbytes(5_000), NOT_READABLE),
    ],
    ids=["text bomb", "profile bomb", "one long side", "cut PNG", "cut JPEG", "noise"],
)
def test_a_picture_made_to_do_harm_gets_a_sentence(data, said):
    assert said in refusal(data)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (gif_of_frames(200), (300, 300)),
        (png_with(b"", interlaced=True), (40, 30)),
        (bytes_of(Image.new("I;16", (60, 40), 40_000), "PNG"), (60, 40)),
        (bytes_of(Image.new("CMYK", (4000, 2000)), "JPEG"), (1600, 800)),
        (bytes_of(Image.new("RGB", (60, 40)), "JPEG", icc_profile=b"0" * 3_000_000, comment=b"1" * 60_000), (60, 40)),
        (bytes_of(Image.new("RGB", (4001, 3000)), "JPEG", exif=b"Exif\0\0" + b"\xff" * 60_000), (1600, 1200)),
        (bytes_of(Image.new("LA", (1, 2000)), "PNG"), (1, 2000)),
    ],
    ids=["many frames", "interlaced", "16 bits", "CMYK", "large profile", "broken EXIF", "one pixel wide"],
)
def test_an_unusual_picture_is_written_again_in_two_sizes(data, size):
    prepared = prepare(upload(data))
    for version in prepared:
        stored = Image.open(io.BytesIO(version.jpeg))
        assert (stored.format, stored.mode, stored.size) == ("JPEG", "RGB", (version.width, version.height))
        assert not stored.getexif()
        assert "icc_profile" not in stored.info
        assert len(version.jpeg) < 100_000
    assert abs(prepared.large.width - size[0]) + abs(prepared.large.height - size[1]) <= 1


def test_grey_of_16_bits_and_transparency_keep_their_light():
    grey = prepare(upload(bytes_of(Image.new("I;16", (60, 40), 128 * 256), "PNG")))
    clear = prepare(upload(bytes_of(Image.new("RGBA", (4000, 60), (0, 0, 0, 0)), "PNG")))
    for prepared, light in ((grey, 128), (clear, 255)):
        stored = Image.open(io.BytesIO(prepared.large.jpeg))
        assert stored.getpixel((stored.width // 2, stored.height // 2)) == pytest.approx((light, light, light), abs=2)


def test_a_second_picture_waits_for_the_first_and_then_gets_a_sentence(monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(images, "LOCK_SECONDS", 0)
    with (tmp_path / "picture.lock").open("w") as file:
        locks.lock(file, locks.LOCK_EX)
        assert "Another picture is being prepared" in refusal(bytes_of(Image.new("L", (9, 9)), "PNG"))
    assert prepare(upload(bytes_of(Image.new("L", (9, 9)), "PNG")))


def test_the_process_that_decodes_gets_no_secret_of_the_site(monkeypatch):
    given = {}

    def run(command, **options):
        given.update(options["env"])
        raise subprocess.SubprocessError

    monkeypatch.setenv("SECRET_KEY", "CANARY")
    monkeypatch.setattr(images.subprocess, "run", run)
    assert TOO_MUCH in refusal(bytes_of(Image.new("L", (9, 9)), "PNG"))
    assert "CANARY" not in given.values()
