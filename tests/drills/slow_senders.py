"""`make drill-slowloris`: a thousand connections that send as slowly as they can, beside readers who search.

500 send a header every few seconds and never the last one, 500 a body byte by byte; they come from fifty addresses.
What the readers notice is the difference of their 99th percentile with and without them.
"""

import asyncio
import contextlib
import ssl
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.drills.production import NAME, Production, running_production, wait_until

SLOW_HEADERS, SLOW_BODIES, ADDRESSES = 500, 500, 50
READERS, SECONDS = 2, 30
MOST_MS = 50
PATHS = ("/", "/clinics/?near=02139", "/locations/ny/", "/articles/")


class SlowSenders:
    """Keeps its connections open and opens those anew that the site closes."""

    def __init__(self, production: Production):
        self.production, self.opened, self.now_open = production, 0, 0
        self.context = ssl.create_default_context(cafile=str(production.folder / "etc" / "ca.pem"))
        self.enough = False

    async def one(self, number: int) -> None:
        source = (f"127.0.1.{number % ADDRESSES + 1}", 0)
        if number < SLOW_HEADERS:
            start, drip = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n", "X-{}: {}\r\n"
        else:
            length = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999"
            start, drip = f"POST /account/login/ HTTP/1.1\r\nHost: {NAME}\r\n{length}\r\n\r\n", "a"
        while not self.enough:
            with contextlib.suppress(OSError, ssl.SSLError):
                options = {"ssl": self.context, "server_hostname": NAME, "local_addr": source}
                _reader, writer = await asyncio.open_connection("127.0.0.1", self.production.port, **options)
                self.opened, self.now_open = self.opened + 1, self.now_open + 1
                try:
                    writer.write(start.encode())
                    while not self.enough and not _reader.at_eof():
                        await asyncio.sleep(2)
                        writer.write(drip.format(number, number).encode())
                        await writer.drain()
                finally:
                    self.now_open -= 1
                    writer.transport.abort()
            await asyncio.sleep(0.2)

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(SLOW_HEADERS + SLOW_BODIES):
                group.create_task(self.one(number))
                await asyncio.sleep(0.002)

    def run(self) -> None:
        asyncio.run(self._all())


def read(production: Production, number: int) -> list[tuple[int, float]]:
    """(status, milliseconds) of every page that one reader asked for."""
    asker, answers, end = production.asker(f"127.0.2.{number + 1}"), [], time.monotonic() + SECONDS
    while time.monotonic() < end:
        answer = asker.get(PATHS[len(answers) % len(PATHS)])
        answers.append((answer.status, answer.seconds * 1000))
        time.sleep(0.05)
    return answers


def measure(production: Production) -> tuple[int, int, float, float]:
    """(answers, of them not 200, median, 99th percentile) of all readers, in milliseconds."""
    with ThreadPoolExecutor(READERS) as pool:
        answers = [answer for each in pool.map(lambda n: read(production, n), range(READERS)) for answer in each]
    times = sorted(ms for _, ms in answers)
    return (
        len(answers),
        sum(status != 200 for status, _ in answers),
        statistics.median(times),
        times[int(len(times) * 0.99)],
    )


def main() -> None:
    with running_production() as production:
        measure(production)  # warm
        alone = measure(production)
        senders = SlowSenders(production)
        with ThreadPoolExecutor(1) as pool:
            attack = pool.submit(senders.run)
            wait_until(lambda: senders.now_open > (SLOW_HEADERS + SLOW_BODIES) * 0.95, "the slow senders", 60)
            beside = measure(production)
            held = senders.now_open
            senders.enough = True
            attack.result()
    for name, (count, failed, median, p99) in {"alone": alone, "beside them": beside}.items():
        print(f"{name:12} {count:5} pages, {failed} failed, median {median:6.1f} ms, 99 % within {p99:6.1f} ms")
    more = beside[3] - alone[3]
    print(f"{held} slow connections were open at the end, {senders.opened} were opened; the 99 % took {more:+.1f} ms")
    sys.exit(1 if more > MOST_MS or beside[1] else 0)


if __name__ == "__main__":
    main()
