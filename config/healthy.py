"""`python -m config.healthy [PORT]`: asks the web server on this machine, or in this container, whether it answers.

Exit code 0 if it does; otherwise 1, and a sentence. It calls the site by its own name, because the site answers to no
other (ALLOWED_HOSTS), and asks over http, as only machines on the inside may (SECURE_REDIRECT_EXEMPT).
"""

import http.client
import sys

from config.secret_files import Env

PORT = 8000  # of deploy/Containerfile
TIMEOUT_SECONDS = 4


def own_name() -> str:
    """The first of ALLOWED_HOSTS; of a pattern such as ".example.org", the name that it ends with."""
    first = next(iter(Env().list("ALLOWED_HOSTS", default=[])), "")
    return first.lstrip("*.") or "localhost"


def status(port: int) -> int:
    """The status of /healthz on 127.0.0.1. Raises OSError or HTTPException if no web server answers there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": own_name()})
        return connection.getresponse().status
    finally:
        connection.close()


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    try:
        answer = status(port)
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"No web server answers on port {port}: {error}")
    if answer != 200:
        sys.exit(f"The web server on port {port} answers {answer} to {own_name()}.")


if __name__ == "__main__":
    main()
