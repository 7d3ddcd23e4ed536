"""gunicorn's settings: threads for waiting readers, and a log without what they searched for."""

import os
import shutil
from pathlib import Path

from config.logging import FORMATTERS

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 4
if int(os.environ.get("TRUSTED_PROXIES", "0")):
    # Behind a proxy no connection is idle. Who has to wait does so at the common door, where the next free worker
    # takes them, and not behind somebody else's slow search.
    worker_connections, keepalive = threads, 0
timeout = 30
graceful_timeout = 20
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - memory, not a guessable file
# A value that is far too long still gets our own page with a sentence; the proxy of a public site sets the bound.
limit_request_line = 0
loglevel = "warning"
is_deployed = os.environ.get("HTTPS", "").lower() in ("1", "true")
log_format = os.environ.get("LOG_FORMAT") or ("json" if is_deployed else "plain")
# Where the workers count for /metrics: memory, for a disk may be full. One folder a server.
COUNTS = Path(worker_tmp_dir or "var")
counts_dir = COUNTS / f"waypost-metrics-{os.getpid()}"
os.environ |= {"PROMETHEUS_MULTIPROC_DIR": str(counts_dir)}
# gunicorn quotes the line of a malformed request, with all that was searched for and by whom.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_query": {"()": "core.logs.WithoutQuery"}},
    "formatters": FORMATTERS,
    "handlers": {
        "error_console": {
            "class": "logging.StreamHandler",
            "formatter": log_format,
            "filters": ["without_query"],
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"level": "WARNING", "handlers": ["error_console"]},
    "loggers": {
        "gunicorn.error": {"level": "WARNING", "handlers": ["error_console"], "propagate": False},
        # core/middleware/request_log.py writes the line of a request: it knows its view, and which parts of a path are
        # secret.
        "gunicorn.access": {"level": "CRITICAL", "handlers": ["error_console"], "propagate": False},
    },
}


def on_starting(server):
    """An empty folder for the counts; those of servers that are no more go."""
    for old in COUNTS.glob("waypost-metrics-*"):
        if not Path(f"/proc/{old.name.rpartition('-')[2]}").exists():
            shutil.rmtree(old, ignore_errors=True)
    counts_dir.mkdir(parents=True, exist_ok=True, mode=0o700)


def child_exit(server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    shutil.rmtree(counts_dir, ignore_errors=True)


def when_ready(server):
    login = os.environ.get("WAYPOST_ADMIN_LOGIN")
    if login is None:
        return
    address = f"http://{server.address[0][0]}:{server.address[0][1]}" if server.address else ""
    print(f"\n  The directory   {address}/")
    print(f"  The admin       {address}/admin/   {login}")
    print("\n  Ctrl-C stops it.", flush=True)
