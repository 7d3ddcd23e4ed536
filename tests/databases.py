"""A database of its own for a test that starts processes, on the server that the tests use."""

import contextlib
import uuid
from urllib.parse import quote, urlencode

import psycopg2
from django.conf import settings
from psycopg2 import sql


@contextlib.contextmanager
def own_database():
    """Create an empty database, yield its DATABASE_URL, and drop it with whoever is still connected."""
    name = f"test_own_{uuid.uuid4().hex[:12]}"
    _run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield _url(name)
    finally:
        _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(name: str) -> str:
    server = settings.DATABASES["default"]
    user = quote(server.get("USER") or "")
    password = f":{quote(server['PASSWORD'])}" if server.get("PASSWORD") else ""
    host, port = server.get("HOST") or "", server.get("PORT")
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
