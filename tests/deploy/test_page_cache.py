"""Which pages nginx caches, seen from a web server that records requests in place of the real one."""

import contextlib
import http.server
import socketserver
import threading

import pytest

from deploy.drills.production import wait_until


@contextlib.contextmanager
def counting_site(production, cache_control: str):
    """Answer every address with `cache_control` in place of the web server; yields the list of requested addresses."""
    requested = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requested.append(self.path)
            self.send_response(200)
            self.send_header("Cache-Control", cache_control)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments):
            pass

    production.web.stop()
    production.socket.unlink(missing_ok=True)
    server = socketserver.ThreadingUnixStreamServer(str(production.socket), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield requested
    finally:
        server.shutdown()
        server.server_close()
        production.socket.unlink(missing_ok=True)
        production.web.start()
        wait_until(production.is_ready, "the web server")


def test_a_page_is_cached_if_the_site_says_so_and_a_search_never_is(production):
    searches = ("/clinics/?near=02139", "/cached/?near=02139", "/clinics/?near=02139")
    with counting_site(production, "public, s-maxage=60") as requested:
        for path in ("/cached/", "/cached/", *searches, "/es/cached/", "/es/cached/"):
            assert production.client().get(path).status == 200
        assert requested == ["/cached/", *searches, "/es/cached/"]
        with_cookie = production.client()
        with_cookie.cookies["sessionid"] = "somebody"
        with_cookie.get("/cached/")
        with_cookie.get("/of-somebody/")
        production.client().get("/of-somebody/")
        assert requested[-3:] == ["/cached/", "/of-somebody/", "/of-somebody/"]
    # The web server is back, and nginx still answers with the cached page.
    assert production.client().get("/cached/").text == "ok"


def test_nginx_answers_the_page_of_states_without_the_web_server_for_a_minute(production):
    first = production.client().get("/locations/")
    assert (first.status, "s-maxage=60" in first.headers["cache-control"]) == (200, True)
    production.web.stop()
    try:
        again = production.client().get("/locations/")
        assert (again.status, again.text) == (200, first.text)
        assert production.client().get("/locations/?near=02139").status == 503
        with_cookie = production.client()
        with_cookie.cookies["sessionid"] = "somebody"
        assert with_cookie.get("/locations/").status == 503
    finally:
        production.web.start()
        wait_until(production.is_ready, "the web server")


@pytest.mark.parametrize(
    "cache_control", ["public, max-age=60", "private, max-age=300", "no-store", "private, s-maxage=60"]
)
def test_a_page_without_s_maxage_is_not_cached(production, cache_control):
    with counting_site(production, cache_control) as requested:
        for _ in range(2):
            production.client().get("/not-cached/")
    assert requested == ["/not-cached/"] * 2
