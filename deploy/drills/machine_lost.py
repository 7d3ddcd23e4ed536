"""`make drill-machine-lost`: a whole machine is lost, and docs/operations.md brings the site back on another one.

Two copies of this Debian 12 (two_machines.py) share a loopback with a payment gateway, the stand-in of
listings/fake_stripe, which neither of them holds. On the first one the blocks of the page set the site up, an owner
pays, a mailed link is signed, and a timer makes the backup. Then somebody else pays, and every process of the machine
is killed and its files are gone. The second copy begins bare and gets the files of the backup, the owner's key and the
blocks in the order that the page states. Needs root, and the environment of this checkout for the gateway.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from deploy.drills.server import CHECKOUT, Server, make_folder

DRILLS = CHECKOUT / "deploy" / "drills"
GATEWAY_PORT = 9420  # of the drill's own loopback
GATEWAY = """
import os
import django
django.setup()
from wsgiref.simple_server import make_server
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from listings.fake_stripe import delivery
from listings.fake_stripe.views import _complete_once
call_command("migrate", verbosity=0, skip_checks=True)
delivery.set_mode(delivery.LOST)  # the machine that is to hear of it may be gone
site = get_wsgi_application()
def answer(environ, start):
    path = environ["PATH_INFO"]
    if path.startswith("/paid/"):  # as on the pay page
        _complete_once(path.removeprefix("/paid/"))
        start("204 No Content", [])
        return [b""]
    environ["PATH_INFO"] = f"/fake-stripe{path}"  # where Stripe's own library expects the API
    return site(environ, start)
make_server("127.0.0.1", int(os.environ["GATEWAY_PORT"]), answer).serve_forever()
"""


def start_gateway(server: Server, log: Path) -> subprocess.Popen:
    given = {"DATABASE_URL": server.url("postgres"), "DEV_GATEWAY": "1", "SECRET_KEY": "of the gateway"}
    given |= {"DJANGO_SETTINGS_MODULE": "config.settings", "GATEWAY_PORT": str(GATEWAY_PORT)}
    given |= {"VAR_DIR": str(log.parent / "var")}
    with log.open("w") as out:
        gateway = subprocess.Popen(
            [sys.executable, "-c", GATEWAY], cwd=CHECKOUT, env=os.environ | given, stdout=out, stderr=out
        )
    deadline = time.monotonic() + 240
    while gateway.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", GATEWAY_PORT)).close()
            return gateway
        time.sleep(0.5)
    gateway.kill()
    sys.exit(f"The gateway did not start:\n{log.read_text()[-2000:]}")


def start_machine(name: str, folder: Path, vault: Path, network_outside: int) -> subprocess.Popen:
    place = folder / name
    place.mkdir()
    print(f"\nThe {name} machine", flush=True)
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    program = ["/usr/bin/python3", "-c", "import two_machines; two_machines.main()", name, str(place), str(vault)]
    given = {"NETWORK_OUTSIDE": str(network_outside), "GATEWAY": f"http://127.0.0.1:{GATEWAY_PORT}"}
    given["PYTHONPATH"] = str(DRILLS)
    return subprocess.Popen([*isolated, *program], env=os.environ | given, pass_fds=[network_outside])


def pay(session: str) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:{GATEWAY_PORT}/paid/{session}").close()


def drill(folder: Path, vault: Path, network_outside: int) -> None:
    first = start_machine("first", folder, vault, network_outside)
    told = vault / "facts.json"
    while not told.exists():
        if first.poll() is not None:
            sys.exit("FAILED: the first machine.")
        time.sleep(0.2)
    facts = json.loads(told.read_text())
    pay(facts["unpaid_session"])  # after the backup
    first.send_signal(signal.SIGKILL)  # with it every process of the machine ends, and its disk is gone
    first.wait()
    lost_at = time.monotonic()
    print("\nKilled, with its disk. It leaves the files of its backup and the owner's key.", flush=True)
    second = start_machine("second", folder, vault, network_outside)
    if second.wait():
        sys.exit("FAILED: the second machine.")
    print(f"\nFrom the loss to a site that was looked at: RTO {time.monotonic() - lost_at:.0f} s.")


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("This drill needs root, for its namespaces: sudo make drill-machine-lost")
    sys.path.insert(0, str(DRILLS))  # rehearse.py and what it imports run without this checkout's environment
    from rehearse import leave_network

    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # so that the server is stopped, too
    network_outside = leave_network()
    with tempfile.TemporaryDirectory(prefix="lost-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        vault, gateway_folder = folder / "vault", make_folder(folder / "gateway")
        vault.mkdir(mode=0o700)
        server = Server(15, gateway_folder).create().start()
        gateway = None
        try:
            gateway = start_gateway(server, gateway_folder / "site.log")
            drill(folder, vault, network_outside)
        finally:
            if gateway:
                gateway.terminate()
                gateway.wait()
            server.stop()


if __name__ == "__main__":
    main()
