"""gunicorn's settings: threads for waiting readers, and a log without what they searched for."""

import os

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 4
if int(os.environ.get("TRUSTED_PROXIES", "0")):
    # Behind a proxy no connection is idle. Who has to wait does so at the common door, where the next free worker
    # takes them, and not behind somebody else's slow search.
    worker_connections = threads
timeout = 30
graceful_timeout = 20
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - memory, not a guessable file
# A value that is far too long still gets our own page with a sentence; the proxy of a public site sets the bound.
limit_request_line = 0
# The path without its query string, and no address: see the privacy promise in README.md.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(L)s"
loglevel = "warning"
# gunicorn quotes the line of a malformed request, with all that was searched for and by whom.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_query": {"()": "config.logs.WithoutQuery"}},
    "formatters": {"plain": {"format": "{asctime} {levelname} {message}", "style": "{"}},
    "handlers": {
        name: {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["without_query"],
            "stream": stream,
        }
        for name, stream in (("console", "ext://sys.stdout"), ("error_console", "ext://sys.stderr"))
    },
    "root": {"level": "WARNING", "handlers": ["error_console"]},
    "loggers": {
        "gunicorn.error": {"level": "WARNING", "handlers": ["error_console"], "propagate": False},
        "gunicorn.access": {
            "level": "INFO" if os.environ.get("ACCESS_LOG") else "WARNING",
            "handlers": ["console"],
            "propagate": False,
        },
    },
}


def when_ready(server):
    login = os.environ.get("WAYPOST_ADMIN_LOGIN")
    if login is None:
        return
    address = f"http://{server.address[0][0]}:{server.address[0][1]}" if server.address else ""
    print(f"\n  The directory   {address}/")
    print(f"  The admin       {address}/admin/   {login}")
    print("\n  Ctrl-C stops it.", flush=True)
