"""What nginx keeps of the site's pages, seen from a stand-in for the web server that counts who asks it."""

import contextlib
import http.server
import socketserver
import threading

import pytest

from deploy.drills.production import wait_until


@contextlib.contextmanager
def counting_site(production, cache_control: str):
    """Answers every address with `cache_control` in the place of the web server; yields what it was asked for."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
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
        yield asked
    finally:
        server.shutdown()
        server.server_close()
        production.socket.unlink(missing_ok=True)
        production.web.start()
        wait_until(production.is_ready, "the web server")


def test_a_page_is_kept_if_the_site_says_so_and_a_search_never_is(production):
    searches = ("/clinics/?near=02139", "/kept/?near=02139", "/clinics/?near=02139")
    with counting_site(production, "public, s-maxage=60") as asked:
        for path in ("/kept/", "/kept/", *searches, "/es/kept/", "/es/kept/"):
            assert production.asker().get(path).status == 200
        assert asked == ["/kept/", *searches, "/es/kept/"]
        known = production.asker()
        known.cookies["sessionid"] = "somebody"
        known.get("/kept/")
        known.get("/of-somebody/")
        production.asker().get("/of-somebody/")
        assert asked[-3:] == ["/kept/", "/of-somebody/", "/of-somebody/"]
    # The web server is back, and the page that was kept is still answered: with what it said.
    assert production.asker().get("/kept/").text == "ok"


def test_the_page_of_a_state_is_answered_without_the_web_server_for_a_minute(production):
    first = production.asker().get("/locations/")
    assert (first.status, "s-maxage=60" in first.headers["cache-control"]) == (200, True)
    production.web.stop()
    try:
        again = production.asker().get("/locations/")
        assert (again.status, again.text) == (200, first.text)
        assert production.asker().get("/locations/?near=02139").status == 503
        known = production.asker()
        known.cookies["sessionid"] = "somebody"
        assert known.get("/locations/").status == 503
    finally:
        production.web.start()
        wait_until(production.is_ready, "the web server")


@pytest.mark.parametrize(
    "cache_control", ["public, max-age=60", "private, max-age=300", "no-store", "private, s-maxage=60"]
)
def test_a_page_is_not_kept_if_the_site_does_not_say_s_maxage(production, cache_control):
    with counting_site(production, cache_control) as asked:
        for _ in range(2):
            production.asker().get("/not-kept/")
    assert asked == ["/not-kept/"] * 2
