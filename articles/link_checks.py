"""The job that asks the addresses of other sites in published articles whether they still answer.

HEAD first, and GET where that is refused. What a host resolves to is looked at before it is connected to, at every
step of a redirect: an address that an editor typed leads to no machine of the site's own network. Proxies of the
environment are not used.
"""

import http.client
import ipaddress
import socket
import ssl
import string
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.db import models
from django.utils import timezone

from articles import links, markup
from articles.models import Article, Citation, OutsideLink
from articles.models.links import NOT_NOTED, articles_linking_to
from articles.notices import tell_of_dead_link
from core.clock import waits_for_the_clock

AHEAD = timedelta(days=1)
MOST_STEPS = 5  # redirects
MOST_WAITS = 4  # times LINK_CHECK_TIMEOUT_SECONDS, for one link with all its redirects: each byte may be waited for
ENOUGH_SILENT = 10  # addresses, at first each of another host: if none answers, the next ones need not be waited for
RUN_SECONDS = 1800  # half of what a job may take; the rest is due at the next run
OPEN_TO_PEOPLE = {401, 402, 403, 405, 406, 407, 418, 429, 451, 999}  # answered, but not to programs
REDIRECTS = {301, 302, 303, 307, 308}
MOVED = {301, 308}  # for good
NO_NETWORK = (
    "No host could be reached, not even one that answered before: is this server connected? Nothing was noted."
)
OFF = "Switched off by LINK_CHECKS."


@dataclass(frozen=True)
class Outcome:
    """What came of asking an address. `is_silent`: nobody answered, which may be the fault of our own network."""

    works: bool
    words: str
    is_silent: bool = False


class PrivateHostError(OSError):
    """The host is none of the public web."""


class SlowHostError(TimeoutError):
    """The host goes on answering, and does not come to the end."""


@waits_for_the_clock
def check_outside_links() -> str:
    """Ask the addresses that are due; a sentence for the table of schedules."""
    if not settings.LINK_CHECKS:
        return OFF
    count = collect()
    silent: list[tuple[OutsideLink, Outcome]] = []
    asked = answered = 0
    for link in _paced(_one_host_after_another(OutsideLink.objects.due())):
        link.begin()
        outcome = ask(link.url)
        asked += 1
        if outcome.is_silent and not answered:
            silent.append((link, outcome))  # until somebody answers, it may be our network
            if len(silent) == ENOUGH_SILENT and not _has_network():
                break
            continue
        answered += not outcome.is_silent
        _note(link, outcome)
    if silent and not answered and not _has_network():
        for link, _outcome in silent:
            link.not_asked("not asked: the server had no connection")
        return NO_NETWORK
    for link, outcome in silent:
        _note(link, outcome)
    return f"{asked} of {count} addresses asked, {OutsideLink.objects.dead().count()} are dead"


def collect() -> int:
    """Make the table hold the addresses of articles that are public within AHEAD, and no other ones; their number.

    What is known of a link of a new article is not forgotten by a clock that is an hour late.
    """
    published = Article.objects.published(timezone.now() + AHEAD)
    found = set(Citation.objects.filter(article__in=published).values_list("url", flat=True))
    for body in published.values_list("body", flat=True):
        found.update(address for address, _words in markup.links_of(body))
    found = {address for address in found if _may_be_asked(address) and len(address.encode()) <= links.LONGEST}
    known = set(OutsideLink.objects.values_list("url", flat=True))
    OutsideLink.objects.filter(url__in=known - found).delete()
    OutsideLink.objects.bulk_create((OutsideLink(url=url) for url in sorted(found - known)), ignore_conflicts=True)
    return len(found)


def _note(link: OutsideLink, outcome: Outcome) -> None:
    if outcome.works:
        link.succeeded(outcome.words)
    else:
        link.failed(outcome.words)
        if OutsideLink.objects.dead().filter(pk=link.pk).exists():
            tell_of_dead_link(link.url, articles_linking_to(link.url))


def _has_network() -> bool:
    """Whether one of two addresses that answered before answers now."""
    good = OutsideLink.objects.filter(failing_since=None).exclude(checked_at=None).exclude(result=NOT_NOTED)
    return any(not ask(link.url).is_silent for link in good.order_by("-checked_at")[:2])


def _one_host_after_another(rows: models.QuerySet) -> Iterator[OutsideLink]:
    by_host: dict[str, list[OutsideLink]] = {}
    for link in rows.order_by("url"):
        by_host.setdefault(urlsplit(link.url).netloc, []).append(link)
    for turn in zip_longest(*by_host.values()):
        yield from (link for link in turn if link is not None)


def _paced(rows: Iterable[OutsideLink]) -> Iterator[OutsideLink]:
    """As long as a run may take, and no host twice within LINK_CHECK_PAUSE_SECONDS."""
    begun, last = time.monotonic(), dict[str, float]()
    for link in rows:
        host, now = urlsplit(link.url).netloc, time.monotonic()
        if now - begun > RUN_SECONDS:
            return
        if (wait := last.get(host, -1e9) + settings.LINK_CHECK_PAUSE_SECONDS - now) > 0:
            time.sleep(wait)
        yield link
        last[host] = time.monotonic()


def ask(url: str) -> Outcome:
    """Whether the address answers, in words for an editor."""
    moved_to, is_moved = url, True
    ends = time.monotonic() + MOST_WAITS * settings.LINK_CHECK_TIMEOUT_SECONDS
    for _step in range(MOST_STEPS + 1):
        try:
            status, location = _status(moved_to, ends)
        except PrivateHostError as error:
            return Outcome(False, str(error))
        except SlowHostError as error:
            return Outcome(False, str(error))
        except ssl.SSLError:
            return Outcome(False, "its certificate is not valid")
        except TimeoutError:
            return Outcome(False, f"no answer within {settings.LINK_CHECK_TIMEOUT_SECONDS:g} seconds", is_silent=True)
        except socket.gaierror:
            return Outcome(False, "there is no such host", is_silent=True)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(False, f"the connection failed ({type(error).__name__})", is_silent=True)
        if status in REDIRECTS and location:
            is_moved = is_moved and status in MOVED
            moved_to = urljoin(moved_to, location)
            continue
        return _outcome(status, moved_to if is_moved and moved_to != url else "")
    return Outcome(False, f"more than {MOST_STEPS} redirects")


def _outcome(status: int, moved_to: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome(True, f"moved for good, to {moved_to}" if moved_to else "answers")
    if status in OPEN_TO_PEOPLE:
        return Outcome(True, f"answers, but not to programs ({status}): open it yourself")
    words = {404: "there is no such page (404)", 410: "the page was taken down (410)"}
    return Outcome(False, words.get(status, f"the site answers with error {status}"))


def _status(url: str, ends: float) -> tuple[int, str]:
    """Status and Location of an address, of GET if HEAD is not answered as a page is. `ends`: see _one_request."""
    try:
        status, location = _one_request("HEAD", url, ends)
    except (http.client.HTTPException, ConnectionError):
        return _one_request("GET", url, ends)
    return (status, location) if status < 400 else _one_request("GET", url, ends)


def _one_request(method: str, url: str, ends: float) -> tuple[int, str]:
    """Status and Location. Raises SlowHostError if there is no answer at `ends`, a time of time.monotonic()."""
    parts = urlsplit(url)
    if not _may_be_asked(url):
        raise PrivateHostError(f"it leads to {parts.netloc[:100] or url[:100]}, which is no public host")
    kind = _Https if parts.scheme == "https" else _Http
    connection = kind(parts.hostname or "", parts.port, timeout=settings.LINK_CHECK_TIMEOUT_SECONDS)
    connection.may_be_private = parts.netloc in settings.LINK_CHECK_PRIVATE_HOSTS
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    alarm = threading.Timer(max(ends - time.monotonic(), 0), connection.cut)
    alarm.daemon = True
    alarm.start()
    try:
        headers = {"User-Agent": f"Mozilla/5.0 (compatible; link check of {settings.SITE_URL})", "Accept": "*/*"}
        connection.request(method, quote(path, safe=string.punctuation), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", "")
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() < ends:
            raise
        seconds = MOST_WAITS * settings.LINK_CHECK_TIMEOUT_SECONDS
        raise SlowHostError(f"no whole answer within {seconds:g} seconds") from error
    finally:
        alarm.cancel()
        connection.close()


def _may_be_asked(url: str) -> bool:
    return links.leads_out(url) or urlsplit(url).netloc in settings.LINK_CHECK_PRIVATE_HOSTS


def _connected(host: str, port: int, timeout, may_be_private: bool) -> socket.socket:
    """A connection to the first address of the host; none of its addresses is one of a private network."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(where[0]) for *_family, where in found]
    if not may_be_private and not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise PrivateHostError(f"{host} is a machine of a private network")
    return socket.create_connection((addresses[0], port), timeout)


class _CanBeCut:
    """A connection that another thread can end: whoever waits for its next byte then sees the end of the answer."""

    may_be_private = False
    is_cut = False
    sock: socket.socket | None

    def cut(self) -> None:
        self.is_cut = True
        if sock := self.sock:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)  # that of TLS would wait for the other side

    def _use(self, sock: socket.socket) -> None:
        self.sock = sock
        if self.is_cut:  # while it was being connected
            self.cut()


class _Http(_CanBeCut, http.client.HTTPConnection):
    def connect(self):
        self._use(_connected(self.host, self.port, self.timeout, self.may_be_private))


class _Https(_CanBeCut, http.client.HTTPSConnection):
    def connect(self):
        sock = _connected(self.host, self.port, self.timeout, self.may_be_private)
        # The handshake as a whole takes no longer than the timeout.
        self._use(ssl.create_default_context().wrap_socket(sock, server_hostname=self.host))
