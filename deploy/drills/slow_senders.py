"""`make drill-slow-senders`: many connections send as slowly as they can (slowloris) while readers search.

Half of them send a header every few seconds and never the last one, the others a body byte by byte, from several
addresses. Prints how much the readers' 99th percentile differs with and without them.
"""

import asyncio
import contextlib
import ssl
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from deploy.drills.production import NAME, Production, running_production, wait_until

SLOW_HEADERS, SLOW_BODIES, ADDRESSES = 500, 500, 50
READERS, SECONDS = 2, 30
MOST_MS = 50  # of difference
# With a query, so that nginx asks the site for each of them.
PATHS = ("/?page=1", "/clinics/?near=02139", "/locations/ny/?page=1", "/articles/?page=1")


class SlowSenders:
    """Keeps its connections open, and replaces those that the site closes."""

    def __init__(self, port: int, authority: str):
        self.port, self.opened, self.now_open, self.is_stopped = port, 0, 0, False
        self.context = ssl.create_default_context(cafile=authority)

    async def one(self, number: int) -> None:
        source = (f"127.0.1.{number % ADDRESSES + 1}", 0)
        if number < SLOW_HEADERS:
            start, drip = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n", "X-{}: {}\r\n"
        else:
            length = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999"
            start, drip = f"POST /account/login/ HTTP/1.1\r\nHost: {NAME}\r\n{length}\r\n\r\n", "a"
        while not self.is_stopped:
            with contextlib.suppress(OSError, ssl.SSLError):
                options = {"ssl": self.context, "server_hostname": NAME, "local_addr": source}
                _reader, writer = await asyncio.open_connection("127.0.0.1", self.port, **options)
                self.opened, self.now_open = self.opened + 1, self.now_open + 1
                try:
                    writer.write(start.encode())
                    while not self.is_stopped and not _reader.at_eof():
                        await asyncio.sleep(2)
                        writer.write(drip.format(number, number).encode())
                        await writer.drain()
                finally:
                    self.now_open -= 1
                    writer.transport.abort()
            await asyncio.sleep(0.2)

    async def run(self) -> None:
        """Run until standard input ends. Prints once a second how many are open, and how many were opened in all."""
        asyncio.get_running_loop().run_in_executor(None, self.wait_for_the_end)
        async with asyncio.TaskGroup() as group:
            for number in range(SLOW_HEADERS + SLOW_BODIES):
                group.create_task(self.one(number))
                await asyncio.sleep(0.005)
            while not self.is_stopped:
                print(self.now_open, self.opened, flush=True)
                await asyncio.sleep(1)

    def wait_for_the_end(self) -> None:
        sys.stdin.read()
        self.is_stopped = True


def read(production: Production, number: int) -> list[tuple[int, float]]:
    """(status, milliseconds) of every page that one reader requested."""
    client, answers, end = production.client(f"127.0.2.{number + 1}"), [], time.monotonic() + SECONDS
    while time.monotonic() < end:
        answer = client.get(PATHS[len(answers) % len(PATHS)])
        answers.append((answer.status, answer.seconds * 1000))
        time.sleep(0.05)
    return answers


def measure(production: Production) -> tuple[int, int, float, float]:
    """(number of answers, how many were not 200, median, 99th percentile) of all readers; times in milliseconds."""
    with ThreadPoolExecutor(READERS) as pool:
        answers = [answer for each in pool.map(lambda n: read(production, n), range(READERS)) for answer in each]
    times = sorted(ms for _, ms in answers)
    return (
        len(answers),
        sum(status != 200 for status, _ in answers),
        statistics.median(times),
        times[int(len(times) * 0.99)],
    )


@contextlib.contextmanager
def slow_senders(production: Production):
    """Run them in another process with low priority, because in an attack they use other machines' processors."""
    command = ["nice", "-n", "19", sys.executable, "-m", __spec__.name, str(production.port)]
    command.append(str(production.folder / "etc" / "ca.pem"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as senders:
        lines = []
        threading.Thread(target=lambda: lines.extend(iter(senders.stdout.readline, "")), daemon=True).start()
        try:
            enough = (SLOW_HEADERS + SLOW_BODIES) * 0.9
            wait_until(lambda: lines and int(lines[-1].split()[0]) > enough, "the slow senders", 90)
            yield lines
        finally:
            senders.stdin.close()


def main() -> None:
    with running_production() as production:
        measure(production)  # warm
        before = measure(production)
        with slow_senders(production) as lines:
            beside = measure(production)
            held, opened = lines[-1].split()
        after = measure(production)
    parts = {"before": before, "with them": beside, "after": after}
    for name, (count, failed, median, p99) in parts.items():
        print(f"{name:12} {count:5} pages, {failed} failed, median {median:6.1f} ms, 99th percentile {p99:6.1f} ms")
    more = beside[3] - max(before[3], after[3])  # a busy machine alone causes the difference of these two
    print(f"{held} slow connections open at the end, {opened} opened; the 99th percentile differs by {more:+.1f} ms")
    sys.exit(1 if more > MOST_MS or beside[1] else 0)


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(SlowSenders(int(sys.argv[1]), sys.argv[2]).run())
    else:
        main()
