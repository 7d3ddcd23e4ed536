"""A database of its own for a test that starts processes, on the server that the tests use."""

import contextlib
import uuid
from urllib.parse import quote, urlencode, urlsplit

import psycopg2
from django.conf import settings
from psycopg2 import sql


@contextlib.contextmanager
def own_database(copy_of: str | None = None):
    """Create a database, yield its DATABASE_URL, and drop it with whoever is still connected.

    It is empty, or a copy of the one that the DATABASE_URL `copy_of` names, which nobody may be using.
    """
    name = f"test_own_{uuid.uuid4().hex[:12]}"
    template = urlsplit(copy_of).path.strip("/") if copy_of else "template1"
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield _url(name)
    finally:
        _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(name: str) -> str:
    server = settings.DATABASES["default"]
    user = quote(server.get("USER") or "")
    password = f":{quote(server['PASSWORD'])}" if server.get("PASSWORD") else ""
    stated = server.get("OPTIONS", {})  # where a socket named as "?host=" in DATABASE_URL ends up
    host, port = server.get("HOST") or stated.get("host", ""), server.get("PORT") or stated.get("port")
    if host.startswith("/"):  # the folder of a Unix socket
        query = {"host": host} | ({"port": port} if port else {})
        return f"postgresql://{user}{password}@/{name}?{urlencode(query)}"
    return f"postgresql://{user}{password}@{host}{f':{port}' if port else ''}/{name}"


def _run(statement) -> None:
    connection = psycopg2.connect(_url("postgres"))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
