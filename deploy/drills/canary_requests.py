"""What the canary asks of the site: every route with something typed in it, each form, and failing searches."""

import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from deploy.drills.canary_stores import FIELD_WORD, FILTER
from deploy.drills.https_client import Answer, HttpsClient
from deploy.drills.production import Production, wait_until
from tests.deploy.test_outages import held_table
from tests.needles import POINT, WORDS, ZIP

# Prints [[route, method, address, who asks], ...] and [[route, address with known rows], ...]: a reader asks for every
# address and sends a form to each route; an owner and an editor ask for what only they may see.
ADDRESSES = """
import django; django.setup()
import json, sys
from tests.routes import routes, typed_addresses
rows = json.loads(sys.argv[1])
typed = list(typed_addresses(rows))
asked = [(route.pattern, "GET", address, "reader") for route, address in typed]
asked += [(pattern, "POST", address, "reader") for pattern, address in {r.pattern: a for r, a in typed}.items()]
for who, starts in (("owner", ("account/", "list-your-practice/")), ("editor", ("admin/",))):
    asked += [(route.pattern, "GET", address, who) for route, address in typed_addresses(rows, most=2)
              if route.template.startswith(starts) and "logout" not in address and not address.startswith("/es")]
pages = [(r.pattern, r.real(rows)) for r in routes() if r.real(rows) and not r.template.startswith("admin/")]
print(json.dumps([asked, pages]))
"""
# Prints {who: [name of the cookie, session]}, and the rows that the addresses name.
VISITORS = """
import django; django.setup()
import json
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from articles.models import Article, Comment, Topic
from clinics.models import Clinic, Correction
from listings.models import Listing, Membership
cookies = {}
for name in ("owner", "editor"):
    user = User.objects.create_user(name, f"{name}@practice.example", is_staff=name == "editor")
    User.objects.filter(pk=user.pk).update(is_superuser=name == "editor")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookies[name] = [settings.SESSION_COOKIE_NAME, session.session_key]
clinic = Clinic.objects.listed().filter(city="Baltimore").earliest("pk")
listing = Listing.objects.create(practice_name="Harbor")
Membership.objects.create(listing=listing, user=User.objects.get(username="owner"), role=Membership.Role.OWNER)
article = Article.objects.get(slug="why-a-return-to-use-is-not-the-end")
comment = Comment.objects.create(article=article, name="River", text="Well.", status="approved")
report = Correction.objects.create(clinic=clinic, problem="moved")
rows = {"clinic": clinic.pk, "slug of the clinic": clinic.slug, "state": "md", "city": "baltimore", "preset": "detox",
        "report": report.follow_key, "topic": Topic.objects.earliest("pk").slug, "article": article.slug,
        "comment": comment.pk, "listing": listing.pk, "step": "phones"}
print(json.dumps([cookies, rows]))
"""
SLOWEST_COMMENT_SECONDS = 5  # a comment that is sent sooner is taken for a program's
TOKEN = "csrfmiddlewaretoken"
EMPTY = ("website",)  # filled in by programs alone
# What a field takes that takes no word.
ACCEPTED = {"zip_code": "02139", "phone": "", "filled_on": f"{datetime.now(UTC):%Y-%m-%d}", "number": "1", "date": ""}
SEARCH = f"/clinics/?near={ZIP}&radius=any&language={FILTER}"
Ask = Callable[..., Answer]  # Requests.ask with its client


@dataclass
class Form:
    """A form as its page shows it."""

    pattern: str  # the route it is sent to
    page: str
    method: str
    action: str
    fields: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # {name: (type, values that can be chosen)}


class Forms(HTMLParser):
    """The forms of a page, by the names and values of their fields."""

    def __init__(self, page: str):
        super().__init__()
        self.page, self.forms, self.select = page, [], ""

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        name = values.get("name", "")
        if tag == "form":
            method = values.get("method", "get").lower()
            self.forms.append(Form("", self.page, method, values.get("action") or self.page))
        elif tag == "option" and self.select:
            self.forms[-1].fields[self.select][1].append(values.get("value", ""))
        elif tag in ("input", "textarea", "select") and name and self.forms:
            self.select = name if tag == "select" else ""
            kind = values.get("type", "text") if tag == "input" else tag
            known = self.forms[-1].fields.setdefault(name, (kind, []))
            known[1].extend([values["value"]] if "value" in values else [])


@dataclass
class Requests:
    production: Production
    statuses: Counter = field(default_factory=Counter)
    fields: list[tuple[str, str]] = field(default_factory=list)  # (route, field) of each word of FIELD_WORD
    answers: dict[str, list[int]] = field(default_factory=dict)  # to the forms of each route
    routes: set[str] = field(default_factory=set)  # that were asked for
    clients: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def client(self) -> HttpsClient:
        """A client from an address of its own: one address may send a few reports a day."""
        number = next(self.clients)
        return self.production.client(f"127.66.{number // 250}.{number % 250 + 1}")

    def ask(self, client: HttpsClient, path: str, *statuses: int, method="GET", body=None) -> Answer:
        """The answer. Exits with a sentence if it has another status than `statuses`, or is an error of the site."""
        answer = client.request(method, path, body, {"Referer": f"https://{client.name}/clinics/?near={ZIP}"})
        self.statuses[answer.status] += 1
        if (answer.status not in statuses) if statuses else (answer.status >= 500 or answer.status == 429):
            sys.exit(f"{method} {path} was answered with {answer.status}, not {statuses or 'a page'}")
        return answer

    def everything(self) -> None:
        cookies, rows = json.loads(self.production.python("-c", VISITORS, role="owner"))
        asked, pages = json.loads(self.production.python("-c", ADDRESSES, json.dumps(rows)))
        self.routes = {pattern for pattern, *_ in asked}
        self.addresses(asked, cookies)
        self.forms(pages)
        self.search()

    def addresses(self, asked: list, cookies: dict) -> None:
        """Ask for each address; a new client every 50, because the proxy limits each."""

        body = urlencode({"near": ZIP, "note": WORDS, "email": f"{WORDS}@example.org"}).encode()

        def some(part):
            clients = {who: self.client() for who in ("reader", "owner", "editor")}
            for who, (name, session) in cookies.items():
                clients[who].cookies[name] = session
            for _pattern, method, address, who in part:
                self.ask(clients[who], address, method=method, body=body if method == "POST" else None)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(some, (asked[start : start + 50] for start in range(0, len(asked), 50))))

    # Forms

    def forms(self, pages: list) -> None:
        """Send every form that a reader sees twice: as a person would, with words of its own, and full of them."""
        client, seen, patterns = self.client(), {}, {page: pattern for pattern, page in pages}
        for _pattern, page in pages:
            answer = self.ask(client, page)
            if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
                continue
            parser = Forms(page)
            parser.feed(answer.text)
            for form in parser.forms:
                form.action = urlsplit(form.action).path
                form.pattern = patterns.get(form.action, form.action)
                seen.setdefault((form.pattern, form.method, *form.fields), form)
        time.sleep(SLOWEST_COMMENT_SECONDS)
        for form in seen.values():
            for value_of in (self.likely, self.full):
                self.send(form, value_of)

    def send(self, form: Form, value_of) -> None:
        """Send it, after a search, and count the answer. Exits with a sentence if the site fails."""
        client, values = self.client(), {name: value_of(form, name) for name in form.fields if name != TOKEN}
        if form.method == "get":
            self.ask(client, f"{form.action}?{urlencode(values)}")
            return
        page = Forms(form.page)
        page.feed(self.ask(client, f"{form.page}?near={ZIP}", 200).text)
        values[TOKEN] = next(each.fields[TOKEN][1][0] for each in page.forms if TOKEN in each.fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{client.name}"}
        answer = client.request("POST", f"{form.action}?near={ZIP}", urlencode(values).encode(), headers)
        self.statuses[answer.status] += 1
        self.answers.setdefault(form.pattern, []).append(answer.status)
        if answer.status >= 500 or answer.status in (403, 429):
            sys.exit(f"POST {form.action} was answered with {answer.status}")
        if answer.status == 302:  # the page that thanks
            self.ask(client, answer.headers["location"])

    def word(self, form: Form, name: str) -> str:
        self.fields.append((form.pattern, name))
        return FIELD_WORD.format(len(self.fields) - 1)

    def likely(self, form: Form, name: str) -> str:
        """What a person would send; a word of its own where text is free."""
        kind, values = form.fields[name]
        if name in EMPTY:
            return ""
        if kind in ("radio", "select", "hidden", "checkbox", "submit", "button"):
            return next(filter(None, values), "")
        if name in ACCEPTED or kind in ACCEPTED:
            return ACCEPTED[name if name in ACCEPTED else kind]
        if kind == "password":
            return f"{self.word(form, name)} is long enough for anybody"
        return f"{self.word(form, name)}@example.org" if kind == "email" else self.word(form, name)

    def full(self, form: Form, name: str) -> str:
        """A word in every field, also where something is chosen, and where people leave it empty."""
        return f"{self.word(form, name)} {WORDS} {ZIP}"

    # A search

    def search(self) -> None:
        """Search in ways that succeed, are malformed, too long, slow or broken, and without database or web server."""
        ask = partial(self.ask, self.client())
        self.search_well(ask)
        self.search_badly(ask)
        self.search_while_it_fails(ask)
        self.search_while_it_is_away(ask)

    def search_well(self, ask: Ask) -> None:
        for prefix, end in itertools.product(
            ("", "/es"), ("", "&format=json", "&format=csv", "&format=geojson", "&page=2")
        ):
            ask(f"{prefix}{SEARCH}{end}", 200, 400)
        for path in (f"/t/{ZIP}", f"/es/t/{ZIP}?language={FILTER}", f"/%74/{ZIP}", f"/t/{WORDS}", f"/t/{POINT}"):
            ask(path, 200)
        for near in (POINT, WORDS, f"{ZIP}%20{WORDS}"):
            ask(f"/clinics/?near={near}", 200)

    def search_badly(self, ask: Ask) -> None:
        """With a wrong radius, bytes, address or method; or too long."""
        ask(f"/clinics/?near={ZIP}&radius=abc&format=json", 400)
        ask(f"/clinics/?near=%00{ZIP}%FF", 200, 400)
        ask(f"/clinics?near={ZIP}", 301)
        ask(f"/clinics/?near={ZIP}", 405, 403, method="POST", body=f"near={ZIP}".encode())
        ask(f"/clinics/?near={ZIP}&x={'9' * 20_000}", 414)
        ask(f"/locations/{ZIP}/", 413, method="POST", body=f"near={ZIP}".encode() * 200_000)
        ask(f"/locations/{ZIP}/", 405, 400, 403, 404, method=f"GET{WORDS.upper()}")

    def search_while_it_fails(self, ask: Ask) -> None:
        with held_table(self.production):  # slow: the limit of the role ends the query
            ask(SEARCH, 503)
            ask(f"/t/{ZIP}", 503)
        with self.production.database.cursor() as cursor:  # broken: a mistake of ours
            cursor.execute("ALTER TABLE clinics_zipcode RENAME TO clinics_hidden")
            ask(SEARCH, 500)
            ask(f"/t/{ZIP}", 500)
            cursor.execute("ALTER TABLE clinics_hidden RENAME TO clinics_zipcode")

    def search_while_it_is_away(self, ask: Ask) -> None:
        """The database first, then the web server behind the proxy."""
        production = self.production
        production.database.stop("immediate")
        ask(SEARCH, 503)
        ask(f"/t/{ZIP}", 503)
        ask(f"/locations/{ZIP}/", 404)  # no state is called that
        production.database.start()
        wait_until(production.is_ready, "the database is back", 10)
        production.web.stop()
        ask(SEARCH, 503)
        ask(f"/t/{ZIP}", 503)
        ask(f"/locations/{ZIP}/", 503)
        production.web.start()
        wait_until(production.is_ready, "the web server is back")
