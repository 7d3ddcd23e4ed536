"""Every public door of the site and the worst that somebody may put through it: for tests and for `make bench-doors`.

A door is a form, a parameter, a part of a path or a body. What it costs is counted in bare views (a Django project
that does nothing, served in the same run), so that the speed of the machine does not matter.
"""

import json
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

from django.contrib.auth.models import User
from django.core import signing
from django.db import connection
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from articles.forms import SALT as COMMENT_SALT
from articles.models import Comment, HeldWord
from clinics.models import Clinic, ConfirmationRequest, Correction
from clinics.verification.confirmation_links import link_path
from listings.models import Listing, Membership, Submission
from listings.wizard.steps import PAGES
from tests.articles.factories import make_article
from tests.bench.pages import Server, cpu_ms
from tests.factories import UserFactory, make_clinic

MOST_BARE_VIEWS = 100
LONG = 50_000  # characters of a value
# A page of as many practitioners as a listing may have, or of the whole code book, is built whole, whoever asks: an
# owner, who has an account.
DEARER = {"form: practitioners": 600, "form: services": 300}
REPEATS = 3  # a dear answer is asked again before it counts: noise is no price

# Long texts of one kind: what grows when it is normalised, and what expressions and searches stumble over.
WORST = {
    "letters": "a" * LONG,
    "digits": "1" * LONG,
    "spaces": "a " * (LONG // 2),
    "U+321D": "\u321d" * LONG,
    "U+FDFA": "\ufdfa" * LONG,
    "marks": "a" + "\u0316\u0301" * (LONG // 2),
    "signs": "<&\"'" * (LONG // 4),
    "phones": "410-555-0100 x1 or " * (LONG // 19),
    "commas": "1," * (LONG // 2),
    "words": "buprenorphine in Baltimore, MD " * (LONG // 31),
}
# Where a text has a limit, only one within it goes further than the form: that many characters of each are sent too.
WITHIN = (100, 2000)
IN_AN_ADDRESS = 16_000  # bytes of one: the proxy refuses more
# For a test, which has little time: of the kinds that cost most.
FEW = {f"2,000 {kind}": WORST[kind][:2000] for kind in ("signs", "phones", "digits", "U+321D")}
FEW_IN_AN_ADDRESS = {f"100 {kind}": WORST[kind][:100] for kind in ("words", "signs")}
HIDDEN = ("csrfmiddlewaretoken", "opened", "website", "day", "started", "next")


class Visitor(RequestFactory):
    """Asks the site as the test client does, without the copies of contexts that this one keeps for assertions."""

    def __init__(self, client: Client | None = None):
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)
        if client:
            self.cookies = client.cookies

    def request(self, **request):
        answer = self.handler(self._base_environ(**request))
        assert answer.status_code < 500, (request["PATH_INFO"], answer.status_code)
        return answer


class FieldsOf(HTMLParser):
    """The names in the forms of a page, each with the values that it would send."""

    def __init__(self, html: str):
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            self.fields.setdefault(self.select, []).append(given.get("value") or "")
        elif tag in ("input", "textarea") and name and given.get("type") != "file":
            self.fields.setdefault(name, []).append(given.get("value") or "")
            if given.get("type") == "hidden":
                self.hidden.add(name)


@dataclass
class Door:
    """A page with a form, or an address with parameters. `path` may hold {text}, a part of the path."""

    name: str
    path: str
    is_form: bool = False
    names: tuple[str, ...] = ()  # of parameters, if no page names them
    who: str = "reader"
    valid: dict[str, str] = field(default_factory=dict)  # values that let a form go on
    body: str = ""  # the type of a body that is no form

    def requests(self, visitor: Visitor, *, few: bool = False) -> Iterator[tuple[str, Callable]]:
        """(what is sent, how it is sent) of the worst inputs. What the sender computes is computed before."""
        in_address = not (self.is_form or self.body)
        sent = (FEW_IN_AN_ADDRESS if in_address else FEW) if few else ALL
        if self.body:
            for label, text in sent.items():
                yield label, self._sending(visitor, json.dumps({"id": text}))
        elif "{text}" in self.path:
            for label, text in sent.items():
                yield label, lambda text=text: visitor.get(self.path.format(text=quote(text)[:IN_AN_ADDRESS]))
        else:
            for label, data in self._filled(visitor, sent, few):
                typed = urlencode(data, doseq=True)
                yield label, self._sending(visitor, typed[:IN_AN_ADDRESS] if in_address else typed)

    def _filled(self, visitor: Visitor, sent: dict[str, str], few: bool) -> Iterator[tuple[str, dict]]:
        found = FieldsOf(visitor.get(self.path).content.decode()) if self.is_form else None
        names = [name for name in (found.fields if found else self.names) if name not in HIDDEN]
        kept = {name: values[0] for name, values in found.fields.items() if name in HIDDEN} if found else {}
        for label, text in sent.items():
            filled = kept | dict.fromkeys(names, text)
            if not (few and self.valid):  # such a form goes on for longer if the rest is well
                yield label, filled
            if self.valid:
                yield f"{label}, the rest well", filled | self.valid
        yield "990 other fields", kept | {f"a{n}": "1" for n in range(990)}
        yield "each field many times", kept | {name: ["1"] * (990 // len(names)) for name in names}

    def _sending(self, visitor: Visitor, data: str) -> Callable:
        if self.is_form or self.body:
            kind = self.body or "application/x-www-form-urlencoded"
            return lambda: visitor.generic("POST", self.path, data, kind)
        address = f"{self.path}{'&' if '?' in self.path else '?'}{data}"
        return lambda: visitor.get(address)


ALL = {
    f"{min(length, len(text)):,} {label}": text[:length]
    for label, text in WORST.items()
    for length in (*WITHIN, len(text))
}


@dataclass
class Known:
    """Rows behind the doors, and who may open them."""

    reader: Visitor
    owner: Visitor
    doors: list[Door]


SEARCH = ("near", "radius", "page", "sort", "q", "id", "medication", "payment", "language", "age", "access")


def doors_of_search() -> list[Door]:
    return [
        Door("search", "/clinics/", names=SEARCH),
        Door("search, Spanish", "/es/clinics/", names=SEARCH),
        Door("search, by name", "/clinics/", names=("q",)),
        Door("search, place alone", "/clinics/", names=("near",)),
        Door("search, deep page", "/clinics/?near=21202&radius=any&page=99999", names=("sort",)),
        Door("search as JSON", "/clinics/?format=json", names=SEARCH),
        Door("search as CSV", "/clinics/?format=csv", names=SEARCH),
        Door("search as GeoJSON", "/clinics/?format=geojson", names=SEARCH),
        Door("list as text", "/t/{text}"),
        Door("map", "/clinics/map/", names=SEARCH),
        Door("tiles", "/clinics/map/tiles/", names=("zoom", "x", "y", "near")),
        Door("compare", "/clinics/compare/", names=("id", "near")),
        Door("preset", "/find/detox/", names=("near", "page")),
        Door("tonight", "/tonight/", names=SEARCH),
        Door("towns", "/locations/md/{text}/"),
        Door("pharmacies", "/pharmacies/", names=("near", "page")),
    ]


def doors_of_a_clinic(clinic: Clinic) -> list[Door]:
    page = f"/clinics/{clinic.pk}/{clinic.slug}/"
    report = Correction.objects.create(clinic=clinic, problem="moved")
    asked = ConfirmationRequest.objects.create(clinic=clinic, email="desk@harbor.example")
    return [
        Door("clinic", page, names=("near", "from", "report")),
        Door("report", f"{page}report/", is_form=True, valid={"problem": "moved"}),
        Door("kept report", "/reports/{text}/"),
        Door("follow a report", f"/reports/{report.follow_key}/", names=("x",)),
        Door("report of a pharmacy", "/pharmacies/report/?near=21202", is_form=True, valid={"zip_code": "21202"}),
        Door("confirm link", link_path(asked), is_form=True),
    ]


def doors_of_articles() -> list[Door]:
    article = make_article()
    here = f"/articles/{article.slug}/"
    comment = Comment.objects.create(article=article, name="River", text="Well.", status="approved")
    HeldWord.objects.bulk_create(HeldWord(word=f"{'pill ' * (number % 8)}shop{number}") for number in range(500))
    opened = {"opened": signing.dumps(int(time.time()) - 60, salt=COMMENT_SALT), "website": "", "name": "River"}
    return [
        Door("search of articles", "/articles/", names=("q", "page", "topic")),
        Door("comments", f"{here}comments/", names=("page",)),
        Door("comment", f"{here}comment/", is_form=True, valid=opened),
        Door("reply", f"{here}comment/{comment.pk}/", is_form=True, valid=opened),
        Door("own comment", "/articles/comments/yours/", names=("link",)),
        Door("thanks for a comment", f"{here}comment/thanks/", names=("link",)),
        Door("report of a comment", f"{here}comment/{comment.pk}/report/", is_form=True),
    ]


def doors_of_accounts() -> list[Door]:
    return [
        Door("sign-up", "/account/signup/", is_form=True, valid={"email": "a@harbor.example"}),
        Door("log-in", "/account/login/", is_form=True, valid={"login": "a@harbor.example"}),
        Door("log-in of staff", "/admin/login/", is_form=True, valid={"username": "a@harbor.example"}),
        Door("new password", "/account/password/reset/", is_form=True),
        Door("invitation", "/account/invitations/{text}/"),
        Door("key of a new password", "/account/password/reset/key/1-{text}/"),
        Door("webhook", "/webhooks/stripe/", body="application/json"),
    ]


def doors_of_an_owner(user: User, clinic: Clinic, free: Clinic) -> list[Door]:
    """`clinic` is theirs, `free` nobody's."""
    live = Listing.objects.create(practice_name="Harbor", clinic=clinic, status=Listing.Status.LIVE)
    draft = Listing.objects.create(practice_name="Pier")
    for listing in (live, draft):
        Membership.objects.create(listing=listing, user=user, role=Membership.Role.OWNER)
    Submission.objects.create(listing=draft, started_by=user)
    mine, steps = f"/account/listings/{live.pk}/", f"/account/listings/{draft.pk}/form/"
    return [
        Door("find a practice", "/list-your-practice/", names=("q",)),
        Door("claim", f"/list-your-practice/claim/{free.pk}/", is_form=True, who="owner"),
        Door("new listing", "/list-your-practice/new/", is_form=True, who="owner"),
        Door("people", f"{mine}people/", is_form=True, who="owner"),
        Door("photos", f"{mine}photos/", is_form=True, who="owner"),
        Door("pharmacy of an owner", f"{mine}pharmacy/", is_form=True, who="owner", valid={"zip_code": "21202"}),
        *(Door(f"form: {step}", f"{steps}{step}/", is_form=True, who="owner") for step in PAGES),
    ]


def opened_doors() -> Known:
    """The doors of a site with a clinic, an article and an owner; the limits of senders are the caller's matter."""
    clinic = make_clinic("Harbor", services=["medicaid", "spanish"])
    free = make_clinic("Pier", contact_email="pier@harbor.example")
    user, client = UserFactory(), Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    doors = [
        *doors_of_search(),
        *doors_of_a_clinic(clinic),
        *doors_of_articles(),
        *doors_of_accounts(),
        *doors_of_an_owner(user, clinic, free),
    ]
    known = Known(Visitor(), Visitor(client), doors)
    assert known.reader.get("/").status_code == 200  # else every door is cheap: it refuses its visitors
    return known


def postgres_seconds() -> float:
    """CPU seconds that the database has used for our connection."""
    connection.ensure_connection()
    return cpu_ms([connection.connection.get_backend_pid()]) / 1000


def seconds_of(send: Callable) -> float:
    """CPU seconds of this process for one answer, and of the database for it."""
    before = time.process_time() + postgres_seconds()
    send()
    return time.process_time() + postgres_seconds() - before


class BareView:
    """A Django project that does nothing, served by gunicorn as for `make bench`: what it costs includes HTTP."""

    def __init__(self, server: Server):
        self.server = server
        self.spent: deque[float] = deque(maxlen=200)  # CPU milliseconds of the last answers
        for _first in range(20):
            self.server.get("/")

    @property
    def seconds(self) -> float:
        return statistics.median(self.spent) / 1000

    def seconds_now(self) -> float:
        """The median CPU seconds of an answer, of one now and those before.

        One at a time, between other work: in a row they cost a third, and how much the machine does beside decides.
        """
        before = cpu_ms(self.server.workers)
        try:
            self.server.get("/")
        except OSError:  # a connection that was idle for a minute is closed at the other end
            self.server.connection.close()
            self.server.get("/")
        self.spent.append(cpu_ms(self.server.workers) - before)
        return self.seconds


@contextmanager
def bare_view() -> Iterator[BareView]:
    with ExitStack() as stack:
        server = Server("bare", stack)
        stack.callback(server.connection.close)
        server.wait("/")
        yield BareView(server)


def price(send: Callable, bare: BareView, most: float = MOST_BARE_VIEWS) -> float:
    """What an answer costs, in bare views. One that costs more than `most` is asked again and the least counts: what
    else the machine does makes answers dear, but not every one."""
    found = seconds_of(send) / bare.seconds_now()
    for _again in range(REPEATS):
        if found <= most:
            break
        found = min(found, seconds_of(send) / bare.seconds_now())
    return found


def most_of(door: Door) -> float:
    return DEARER.get(door.name, MOST_BARE_VIEWS)


def high_water_mb() -> float:
    """The most memory that this process had since `forget_high_water`."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def forget_high_water() -> None:
    Path("/proc/self/clear_refs").write_text("5")


@dataclass
class Cost:
    """The dearest answer of a door, what was sent for it, and what its answers added to the memory of the process."""

    bare_views: float
    sent: str
    megabytes: float


def cost_of(door: Door, visitor: Visitor, bare: BareView, *, few: bool = False) -> Cost:
    visitor.get(door.path.format(text="1"))  # the first answer of a page loads what it needs
    forget_high_water()
    before, dearest = high_water_mb(), (0.0, "")
    for sent, send in door.requests(visitor, few=few):
        dearest = max(dearest, (price(send, bare, most_of(door)), sent))
    return Cost(*dearest, high_water_mb() - before)
