"""A stand-in for the batch service of the US Census Geocoder, with a table of the addresses that it knows.

It speaks the format that clinics/locations/census.py describes, counts what it is asked for, and errs on demand.
"""

import csv
import email
import io
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from clinics.geo import Coordinates
from clinics.imports.normalization import address_of, street_key
from clinics.locations.geocoding import PROBE

ERROR_PAGE = '<!DOCTYPE html><html><body><a href="/">Geocoder</a> is not available, try "again" later</body></html>'


class Known(NamedTuple):
    """What the service answers: a match at `point`, or a tie without one."""

    point: Coordinates | None
    exactness: str = "Exact"
    matched: str = ""  # else the address as it was sent, in capitals


class CensusServer(ThreadingHTTPServer):
    """Use it as a context manager. `faults` are names of methods of Handler, one for each file that comes."""

    daemon_threads = True

    def __init__(self, table: Mapping[tuple[str, str], Known]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.table = table  # by ZIP code and street, as clinics/imports/normalization.py compares them
        self.url = f"http://127.0.0.1:{self.server_port}/geocoder/locations/addressbatch"
        self.faults: list[str] = []
        self.files: list[list[list[str]]] = []  # without the probe, as the next two
        self.asked: Counter[tuple[str, ...]] = Counter()
        self.answering_seconds = 0.0
        self.probes = 0
        self.is_down = False  # then also the probe gets status 503
        self.benchmarks: set[str] = set()
        # Called with the number of the file: when it has come, and when half of its answer is sent.
        self.on_file: Callable[[int], object] = lambda number: None
        self.on_half: Callable[[int], object] = lambda number: None

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def line_for(self, row: str, street: str, city: str, state: str, zip_code: str) -> list[str]:
        sent = f"{street}, {city}, {state}, {zip_code}"
        known = self.table.get((zip_code, address_of(street_key(street, ""))))
        if known is None:
            return [row, sent, "No_Match"]
        if known.point is None:
            return [row, sent, "Tie"]
        point = f"{known.point.longitude},{known.point.latitude}"
        return [row, sent, "Match", known.exactness, known.matched or sent.upper(), point, "636449932", "L"]


class Handler(BaseHTTPRequestHandler):
    server: CensusServer

    def do_POST(self):
        form = self.read_form()
        rows = list(csv.reader(io.StringIO(form["addressFile"])))
        if rows == [[PROBE[0], *PROBE[1]]]:
            self.server.probes += 1
            status, text = (503, "down") if self.server.is_down else (200, f'"{PROBE[0]}","","No_Match"\n')
            return self.send(text.encode(), status)
        self.server.benchmarks.add(form["benchmark"])
        self.server.files.append(rows)
        self.server.asked.update(tuple(address) for _row, *address in rows)
        number = len(self.server.files)
        self.server.on_file(number)
        start = time.perf_counter()
        lines = [self.server.line_for(*row) for row in rows]
        self.server.answering_seconds += time.perf_counter() - start
        fault = self.server.faults.pop(0) if self.server.faults else "without_fault"
        return getattr(self, fault)(lines, number)

    def read_form(self) -> dict[str, str]:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = email.message_from_bytes(f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode() + body)
        return {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode()
            for part in message.get_payload()
        }

    def without_fault(self, lines, number):
        body = as_csv(lines)
        half = body.index(b"\n", len(body) // 2) + 1 if len(lines) > 1 else len(body)
        self.send_headers(len(body))
        self.wfile.write(body[:half])
        self.wfile.flush()
        self.server.on_half(number)
        self.wfile.write(body[half:])

    def shuffled(self, lines, number):
        random.Random(1).shuffle(lines)
        self.send(as_csv(lines))

    def doubled(self, lines, number):
        self.send(as_csv([line for line in lines for _ in range(2)]))

    def with_every_second_missing(self, lines, number):
        self.send(as_csv(lines[::2]))

    def with_lines_of_others(self, lines, number):
        others = [["no-id", "12 Elm St, Nowhere, KS, 66000", "Match", "Exact", "12 ELM ST", "-96.0,39.0", "1", "R"]]
        self.send(b"\n" + as_csv(others + lines + others) + b'"half a li')

    def cut_off(self, lines, number):
        """In the middle of a line, after more than half of them."""
        body = as_csv(lines)
        self.send_headers(len(body))
        self.wfile.write(body[: body.rindex(b"\n", 0, len(body) * 3 // 4) + 9])

    def cut_off_unnoticed(self, lines, number):
        body = as_csv(lines)
        self.send_headers(None)
        self.wfile.write(body[: body.rindex(b"\n", 0, len(body) * 3 // 4) + 9])

    def status_500(self, lines, number):
        self.send(b"Internal Server Error", 500)

    def page(self, lines, number):
        self.send(ERROR_PAGE.encode())

    def page_after_half(self, lines, number):
        self.send(as_csv(lines[: len(lines) // 2]) + ERROR_PAGE.encode())

    def endless_line(self, lines, number):
        self.send_headers(None)
        with suppress(OSError):  # the client has gone
            for _ in range(1000):
                self.wfile.write(b"x" * 100_000)

    def endless_lines(self, lines, number):
        """The right ones first."""
        self.send_headers(None)
        with suppress(OSError):
            self.wfile.write(as_csv(lines))
            for _ in range(1000):
                self.wfile.write(as_csv([["no-id", "", "No_Match"]]) * 5000)

    def redirect(self, lines, number):
        self.send(b"elsewhere", 302)

    def reset(self, lines, number):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def never(self, lines, number):
        """Says nothing until the client has gone."""
        self.connection.settimeout(60)
        self.rfile.read(1)

    def send(self, body: bytes, status: int = 200) -> None:
        self.send_headers(len(body), status)
        self.wfile.write(body)

    def send_headers(self, length: int | None, status: int = 200) -> None:
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Type", "text/plain;charset=ISO-8859-1")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *args):
        """Quiet."""


def as_csv(lines: list[list[str]]) -> bytes:
    """Every field in quotes, as the service does."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()
