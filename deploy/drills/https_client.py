"""A client of a site over https on the loopback, from any loopback address."""

import gzip
import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        body = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return body.decode()


class LoopbackConnection(http.client.HTTPSConnection):
    """Connects to 127.0.0.1, whatever the host name is."""

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, self.source_address)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


class HttpsClient:
    """Opens a connection for each request, from the address `source`; keeps cookies."""

    def __init__(self, name: str, port: int, authority: Path, source: str = "127.0.0.1", timeout_seconds: float = 20):
        self.name, self.port, self.authority, self.source = name, port, authority, source
        self.timeout_seconds = timeout_seconds
        self.cookies: dict[str, str] = {}

    @cached_property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def open(self) -> LoopbackConnection:
        return LoopbackConnection(
            self.name, self.port, timeout=self.timeout_seconds, context=self.context, source_address=(self.source, 0)
        )

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> Answer:
        """Raises OSError or http.client.HTTPException if there is no answer."""
        headers = {"Host": self.name} | (headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection, start = self.open(), time.monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read(), 0)
            answer.seconds = time.monotonic() - start
            for cookie in response.headers.get_all("Set-Cookie") or []:
                name, value = cookie.split(";")[0].split("=", 1)
                self.cookies[name] = value
            return answer
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, values: dict) -> Answer:
        """Sends a form as a browser does, with the CSRF token of the cookie that its page has set."""
        [token] = [value for name, value in self.cookies.items() if name.endswith("csrftoken")]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{self.name}"}
        body = urlencode({"csrfmiddlewaretoken": token} | values, doseq=True).encode()
        return self.request("POST", path, body, headers)
