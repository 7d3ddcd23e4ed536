"""Other sites, as link checks meet them: each path of one server of this machine answers in its own way."""

import socket
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REDIRECTS = {"/moved": (301, "/fine"), "/elsewhere-today": (302, "/fine"), "/round": (302, "/round")}
STATUSES = {"/fine": 200, "/gone": 404, "/taken-down": 410, "/broken": 500, "/guarded": 403}


class OtherSites(ThreadingHTTPServer):
    """Use it as a context manager. `asked` counts (method, path); what hangs is let go at the end."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server_port}"
        self.asked: Counter[tuple[str, str]] = Counter()
        self.over = threading.Event()
        self.leads_to = ""  # where /out leads

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    server: OtherSites

    def do_GET(self):
        path = self.path
        self.server.asked[self.command, path] += 1
        if path == "/hangs":
            self.server.over.wait()
        elif path == "/drips":
            self._drip()
        elif path == "/resets":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif path == "/out":
            self._answer(302, self.server.leads_to)
        elif path in REDIRECTS:
            self._answer(*REDIRECTS[path])
        elif path == "/no-head":
            self._answer(405 if self.command == "HEAD" else 200)
        else:
            self._answer(STATUSES.get(path, 404))

    def do_HEAD(self):
        self.do_GET()

    def _drip(self):
        """An answer that never ends: each part comes well before a client loses patience with the next one."""
        while not self.server.over.wait(0.05):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _answer(self, status: int, location: str = ""):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Nothing on the screen of whoever runs the tests."""
