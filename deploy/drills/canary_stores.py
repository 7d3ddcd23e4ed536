"""Where the canary looks for what was typed: files, mails, caches, tables, and PostgreSQL's own files and log.

Whatever is encoded there is decoded first: sessions, queued jobs and rows of the cache are base64, compressed or both;
nginx keeps compressed pages. Each of these stores is also given a word of its own, which must be found there.

What it cannot see: a value that PostgreSQL compressed (from 2 kB on) in a row that was deleted since, and one that was
overwritten on the disk. Numbers are read as text, so in PostgreSQL's files a point is found only where it is text.
"""

import base64
import binascii
import gzip
import re
import urllib.parse
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.drills.production import Production
from tests.needles import LATITUDE, LONGITUDE, NO_ZIP, WORDS, ZIP

MEMORY = Path("/dev/shm")  # noqa: S108 - only read: gunicorn keeps small files there
FILTER = "yupik"  # a language that no clinic of the demo directory speaks
FIELD_WORD = "qz{:03}typed"  # typed into one field of one form
# Five digits may also be a part of an id.
ALONE = r"(?<![0-9A-Za-z.]){}(?![0-9A-Za-z])"
RAW = rf"{WORDS}|qz\d{{3}}typed|planted\w+|{ALONE.format(NO_ZIP)}|{re.escape(LATITUDE)}|{re.escape(LONGITUDE)}"
# An address of the drill; "127.66.3.0/24" is a network, and may be logged. The tables of places know the ZIP code.
TEXT = rf"{RAW}|{ALONE.format(ZIP)}|{FILTER}|127\.66\.\d+\.[1-9]\d*"
IN_RAW, IN_TEXT = re.compile(RAW.encode(), re.IGNORECASE), re.compile(TEXT.encode(), re.IGNORECASE)
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
HEX = re.compile(rb"\\x([0-9a-f]{10,})")  # how a row shows bytes
GZIP = b"\x1f\x8b\x08"
Hits = Counter[tuple[str, str]]  # how often each word is in each store


def decoded(data: bytes) -> Iterator[bytes]:
    """`data`, and what is encoded in it."""
    yield data
    if b"%" in data:
        yield urllib.parse.unquote_to_bytes(data)
    if b"=\n" in data:  # a long line of a mail
        yield data.replace(b"=\n", b"")
    for start in (found.start() for found in re.finditer(re.escape(GZIP), data)):
        yield unpacked(data[start:], 31)
    for run in HEX.findall(data):
        yield bytes.fromhex(run[: len(run) // 2 * 2].decode())
    for run in BASE64.findall(data):
        try:
            inner = base64.b64decode(run.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(run) % 4))
        except binascii.Error:
            continue
        yield inner
        if inner[:1] == b"\x78":
            yield unpacked(inner, 15)


def unpacked(data: bytes, window: int) -> bytes:
    """What was compressed at the start of `data`, as far as it goes."""
    try:
        return zlib.decompressobj(window).decompress(data)
    except zlib.error:
        return b""


def words_in(data: bytes) -> Counter[str]:
    return Counter(word.decode().lower() for layer in decoded(data) for word in IN_TEXT.findall(layer))


@dataclass
class Stores:
    production: Production
    files = tables = rows = raw_files = raw_bytes = 0  # read by the last look

    def hits(self) -> Hits:
        self.files = self.tables = self.rows = self.raw_files = self.raw_bytes = 0
        return self.in_files() + self.in_tables() + self.in_raw_files()

    def in_files(self) -> Hits:
        """Logs, mails, cached pages, settings, whatever the site wrote, and files in memory."""
        found: Hits = Counter()
        database = self.production.database.data
        for path in (path for folder in (self.production.folder, MEMORY) for path in folder.rglob("*")):
            if path.is_file() and not path.is_relative_to(database):
                self.files += 1
                found += Counter({(str(path), word): count for word, count in words_in(path.read_bytes()).items()})
        return found

    def in_tables(self) -> Hits:
        """Every row of every table as text, and the texts of queries, which must not contain their values."""
        found: Hits = Counter()
        names = "SELECT relname FROM pg_stat_user_tables ORDER BY 1"
        tables = [name for [name] in self.production.database.rows(names)]
        self.tables = len(tables)
        for table in [*tables, "pg_stat_statements"]:
            rows = self.production.database.rows(f'SELECT t::text FROM "{table}" t')
            self.rows += len(rows)
            for [row] in rows:
                found += Counter({(table, word): count for word, count in words_in(row.encode()).items()})
        return found

    def in_raw_files(self) -> Hits:
        """PostgreSQL's data folder byte by byte: rows that were deleted or never committed, and the log of writes."""
        found: Hits = Counter()
        with self.production.database.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        for path in self.production.database.data.rglob("*"):
            if not path.is_file():
                continue
            store = f"pg/{path.relative_to(self.production.database.data).parts[0]}"
            data = path.read_bytes()
            self.raw_files, self.raw_bytes = self.raw_files + 1, self.raw_bytes + len(data)
            found += Counter((store, word.decode().lower()) for word in IN_RAW.findall(data))
        return found


PLANT = """
import django; django.setup()
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django_q.tasks import async_task
session = SessionStore()
session["near"] = "plantedsession " * 50
session.save()
async_task("builtins.len", "plantedjob")
cache.set("planted", {"near": "plantedcache"})
"""
# The word that is planted, and the store in which it must be found.
PLANTED = {
    "plantedsession": "django_session",
    "plantedjob": "django_q_ormq",
    "plantedcache": "account_limits",
    "plantedrow": "django_content_type",
    "plantedline": "web.log",
    "plantedmail": "jobs.log",
    "plantedpage": "cache/planted",
    "plantedinfile": "pg/base",
    "plantedinlog": "pg/pg_wal",
}


def plant(production: Production) -> None:
    """Put a word into every kind of store. Stops the jobs, which would do what is queued."""
    production.jobs.stop()
    production.python("-c", PLANT, role="jobs")
    insert = "INSERT INTO django_content_type (app_label, model) VALUES (%s, '')"
    with production.database.cursor() as cursor:
        cursor.execute(insert, ["plantedrow"])
        for word in ("plantedinfile", "plantedinlog"):  # never committed
            cursor.execute("BEGIN")
            cursor.execute(insert, [word])
            cursor.execute("ROLLBACK")
    log, cache = production.folder / "log", production.folder / "cache"
    with (log / "web.log").open("a") as file:
        file.write("GET /locations/plantedline/ 404\n")
    with (log / "jobs.log").open("ab") as file:
        file.write(base64.encodebytes(b"To: plantedmail@example.org") + b"\n")
    (cache / "planted").write_bytes(b"KEY: /\n\n" + gzip.compress(b"<p>plantedpage</p>"))


def not_found(hits: Hits) -> list[str]:
    """Sentences about the planted words that were not found in their stores."""
    return [
        f"{word} was planted in {store} and not found: the canary cannot see there"
        for word, store in PLANTED.items()
        if not any(found.endswith(store) and text == word for found, text in hits)
    ]
