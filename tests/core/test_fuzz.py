"""Arbitrary requests to every public address and form: an answer each time, never a 500, never a traceback, none dear.

A few requests in `make test`, thousands in `make test-deep`; `make fuzz` runs this file alone and says which answer
was the dearest, in bare views.
"""

import itertools
import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from articles.models import Comment
from clinics.models import Correction
from core.rate_limits import LIMITS, Limit
from listings.models import Listing, Membership
from tests.articles.factories import make_article, make_topic
from tests.depth import tries
from tests.doors import MOST_BARE_VIEWS, Visitor, bare_view, price
from tests.factories import make_clinic
from tests.routes import routes

pytestmark = [pytest.mark.django_db, pytest.mark.deep]
REQUESTS = tries(suite=200, deep=10_000)
SLOWEST_STATEMENT = "30s"
TRACES = ("Traceback (most recent call last)", "psycopg2", "DoesNotExist", "OperationalError", "ValueError")
# Pages that are built of nothing but what staff may see have tests of their own; the gateway is not in a deployment.
NOT_PUBLIC = ("admin/", "fake-stripe/", "v1/", "account/logout/")
FIELDS = (
    *("near", "radius", "page", "sort", "format", "id", "q", "zoom", "kind", "care", "setting", "medication"),
    *("payment", "assistance", "program", "language", "age", "access", "start", "next", "link", "report", "name"),
    *("problem", "note", "text", "opened", "website", "login", "password", "password1", "password2", "email", "code"),
    *("method", "role", "price", "quantity", "phone", "npi", "street", "zip_code", "keep", "still_right", "gone"),
    *("practice_name", "open_hours", "oldpassword", "action", "action_add", "csrfmiddlewaretoken", "document"),
)
LIKELY = (
    *("", "0", "1", "-1", "21202", "02139-1234", "Baltimore, MD", "Texas", "39.29,-76.61", "1e309,nan", "any", "json"),
    *("geojson", "csv", "9" * 40, "\0", "'; DROP TABLE x; --", "%00", "../../etc/passwd", "<script>alert(1)</script>"),
    *("{{7*7}}", "\ud7ff", "\u202e", "ﷺ" * 100, "a" * 5000, "owner@harbor.example", "a@b.co\r\nBcc: c@d.co", "true"),
    *("buprenorphine", "methadone", "moved", "wrong-number", "email", "phone", "document", "2026-13-45", "²", "１２"),
)
# Up to the limits of a field and of a body.
RUNS = ("a", "1", "a ", "1,", "<", "\u321d", "ﷺ", "\u0316\u0301", "410-555-0100 ", "in Baltimore, MD ", "a@b.co,")
long_text = st.builds(
    lambda run, length: (run * length)[:length],
    st.sampled_from(RUNS),
    st.sampled_from([100, 1000, 2000, 4000, 50_000]),
)
text = st.one_of(
    st.sampled_from(LIKELY), st.text(max_size=60), st.integers().map(str), st.floats().map(str), long_text
)
fields = st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), st.text(max_size=12)), text), max_size=8)
part = st.one_of(st.sampled_from(LIKELY), st.text(max_size=30)).map(lambda value: value.replace("\0", "%00"))
raw_body = st.builds(lambda some, times: some * times, st.binary(max_size=200), st.sampled_from([1, 1, 1, 100, 1200]))


PART_OF_A_ROUTE = re.compile(r"\(\?P<.*\)|<[^>]*>")


def public_patterns() -> list[str]:
    """The routes of the URLconf with their converters, such as "clinics/<int:pk>/<slug:slug>/report/"."""
    return sorted({route.pattern for route in routes() if not route.pattern.startswith(NOT_PUBLIC)})


PATTERNS = public_patterns()


@pytest.fixture
def known(db, monkeypatch) -> dict[str, str]:
    """Rows behind the addresses, so that not every one is a 404; and limits that do not stop the flood."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [SLOWEST_STATEMENT])
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, Limit(10**6))
    clinic = make_clinic("Harbor", services=["medicaid", "spanish"])
    article, topic = make_article(), make_topic()
    user = User.objects.create_user("owner@harbor.example", "owner@harbor.example", "a long and quiet password")
    listing = Listing.objects.create(practice_name="Harbor", clinic=clinic, status=Listing.Status.LIVE)
    Membership.objects.create(listing=listing, user=user, role=Membership.Role.OWNER)
    report = Correction.objects.create(clinic=clinic, problem="moved")
    comment = Comment.objects.create(article=article, name="River", text="Well.", status="approved")
    return {
        "clinics/<int:pk>/": f"clinics/{clinic.pk}/",
        "claim/<int:pk>/": f"claim/{clinic.pk}/",
        "listings/<int:pk>/": f"listings/{listing.pk}/",
        "comment/<int:pk>/": f"comment/{comment.pk}/",
        "comment/<int:parent>/": f"comment/{comment.pk}/",
        "<slug:slug>/report/": f"{clinic.slug}/report/",
        "<slug:slug>/evidence/": f"{clinic.slug}/evidence/",
        "topics/<slug:slug>/": f"topics/{topic.slug}/",
        "articles/<slug:slug>/": f"articles/{article.slug}/",
        "form/<slug:slug>/": "form/phones/",
        "find/<slug:slug>/": "find/detox/",
        "<slug:state>/": "md/",
        "<slug:city>/": "baltimore/",
        "reports/<slug:key>/": f"reports/{report.follow_key}/",
        "<slug:section>": "clinics",
    }


@pytest.fixture
def visitors(known) -> dict[str, Visitor]:
    """A reader and the owner of the listing; an exception is an answer 500, as in a deployment."""
    owner = Client()
    owner.force_login(
        User.objects.get(username="owner@harbor.example"), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return {"reader": Visitor(), "owner": Visitor(owner)}


@pytest.fixture(scope="module")
def bare():
    with bare_view() as found:
        yield found


@pytest.fixture(scope="module")
def dearest():
    """The prices of all answers, of which the dearest are printed at the end (`pytest -s`)."""
    prices: list[tuple[float, str, str, int]] = []
    yield prices
    for found, method, address, status in sorted(prices, reverse=True)[:5]:
        print(f"\n{found:.1f} bare views: {method} {address[:100]!r} {status}", end="")
    print(f"\nof {len(prices):,} requests")


def address_of(pattern: str, known: dict[str, str], parts: list[str], is_known: bool) -> str:
    """An address for a route: its parts are rows that exist, or anything."""
    address = pattern
    for route, real in known.items() if is_known else ():
        address = address.replace(route, real)
    filling = itertools.cycle(parts or ["1"])  # which may look like a part of a route itself
    address = PART_OF_A_ROUTE.sub(lambda _part: next(filling), address)
    return "/" + address.replace("^", "").replace("$", "").replace("#", "%23").replace("?", "%3F")


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a body that is as long as one may be
@hypothesis_settings(
    max_examples=REQUESTS,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    pattern=st.sampled_from(PATTERNS),
    parts=st.lists(part, max_size=3),
    is_known=st.booleans(),
    who=st.sampled_from(["reader", "owner"]),
    method=st.sampled_from(["get", "get", "post", "head", "put", "delete", "options", "trace"]),
    language=st.sampled_from(["", "/es"]),
    sent=fields,
    raw=st.one_of(st.none(), raw_body),
)
def test_every_request_gets_an_answer_that_is_not_dear(
    known, visitors, bare, dearest, pattern, parts, is_known, who, method, language, sent, raw
):
    visitor, address = visitors[who], language + address_of(pattern, known, parts, is_known)
    data, options, file = {}, {}, None
    for name, value in sent:
        data.setdefault(name, []).append(value)
    if method == "post" and raw is not None:
        if len(raw) % 2:
            data["document"] = file = SimpleUploadedFile("a.pdf", b"%PDF-" + raw)
        else:  # a body that is no form
            data, options = raw, {"content_type": "multipart/form-data; boundary=x"}
    elif method in ("put", "delete", "options"):
        data = raw or b""
    answers = []

    def send():
        if file:
            file.seek(0)
        answers.append(getattr(visitor, method)(address, **({} if method == "trace" else {"data": data}), **options))

    found = price(send, bare)
    answer = answers[0]
    dearest.append((found, method, address, answer.status_code))
    assert found <= MOST_BARE_VIEWS, (method, address[:200], str(data)[:200])
    assert answer.status_code < 500, (method, address, data)  # 503: a statement that took too long
    if not answer.streaming and "text" in answer.get("Content-Type", ""):
        shown = answer.content.decode(errors="replace")
        assert not any(trace in shown for trace in TRACES), (method, address, data)


def test_every_public_route_is_tried():
    assert len(PATTERNS) > 60
    for route in ("clinics/", "account/login/", "webhooks/stripe/", "clinics/<int:pk>/<slug:slug>/report/"):
        assert route in PATTERNS
    assert not settings.DEBUG
