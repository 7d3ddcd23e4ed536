"""gunicorn's settings: threads for waiting readers, and a log without their searches."""

import os
import shutil
from pathlib import Path

from config import logging

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = 4
if int(os.environ.get("TRUSTED_PROXIES", "0")):
    # Behind a proxy no connection is idle. Waiting connections stay in the shared queue, where the next free worker
    # takes them, and not behind a slow search in one worker.
    worker_connections, keepalive = threads, 0
timeout = 30
graceful_timeout = 20
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - memory, not a guessable file
# A far too long value still gets our own page with a sentence; the proxy of a public site sets the bound.
limit_request_line = 0
# Else any header SCRIPT_NAME or PATH_INFO that a proxy passes on from a reader moves the site and all its links.
forwarder_headers = ""
loglevel = "warning"
is_deployed = os.environ.get("HTTPS", "").lower() in ("1", "true")
log_format = os.environ.get("LOG_FORMAT") or ("json" if is_deployed else "plain")
# Where the workers count for /metrics: in memory, since a disk may be full. One folder per server.
COUNTS = Path(worker_tmp_dir or "var")
counts_dir = COUNTS / f"waypost-metrics-{os.getpid()}"
os.environ |= {"PROMETHEUS_MULTIPROC_DIR": str(counts_dir)}
# gunicorn quotes malformed requests, with the search and the address in them. The line of a request is written by
# core/middleware/request_log.py: it knows the view, and which parts of a path are secret.
logconfig_dict = logging.to_stderr(log_format, {"gunicorn.error": "WARNING", "gunicorn.access": "CRITICAL"})


def on_starting(server):
    """Make an empty folder for the counts, and remove those of servers that have ended."""
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
