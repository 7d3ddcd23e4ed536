"""A payment gateway for drills: listings/fake_stripe as a server with its own database, which outlives the site's.

It delivers no event by itself: the drill does, from the table, so that it can repeat, reorder and delay them.
"""

import hmac
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import requests

from deploy.drills.production import BASE_DIR, Postgres, Process, free_port, wait_until

KEY = "sk_test_development"  # what config/settings.py gives a site that has none
SECRET = "whsec_of_the_drill"
CSRF = "c" * 32  # of the cookie and the form alike


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    body: bytes

    def signature(self) -> str:
        now = int(time.time())
        return f"t={now},v1={hmac.new(SECRET.encode(), b'%d.%b' % (now, self.body), 'sha256').hexdigest()}"


class Gateway:
    def __init__(self, folder: Path):
        for name in (".", "log", "pg"):
            (folder / name).mkdir(exist_ok=True)
            (folder / name).chmod(0o777)
        self.database, self.port = Postgres(folder), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        serve = ["-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "4"]
        self.environment = {
            "DATABASE_URL": f"postgresql://postgres@/postgres?host={folder / 'pg'}",
            "DEBUG": "1",  # else a check refuses invented payments
            "SECRET_KEY": "a key of the drill's gateway, which signs nothing that anybody believes",
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        options = {"cwd": BASE_DIR, "env": os.environ | self.environment}
        self.server = Process(folder / "log" / "gateway.log", sys.executable, *serve, **options)

    def __enter__(self) -> "Gateway":
        self.database.start()
        try:
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0", "fake_stripe"]
            subprocess.run(migrate, cwd=BASE_DIR, env=os.environ | self.environment, check=True)
            self.server.start()
            wait_until(self._answers, f"the gateway at {self.url}")
            self.act("mode", mode="lost")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.server.stop()
        self.database.stop("immediate")

    def of_site(self) -> dict[str, str]:
        """The settings of a site that is paid through it."""
        return {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": self.url}

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    # What buyers and their banks do

    def pay(self, session_id: str) -> None:
        """The buyer pays on the payment page, unless it says that this was paid: the site has not heard of it yet."""
        page = f"{self.url}/fake-stripe/pay/{session_id}/"
        if requests.get(page, timeout=120).text.count('value="pay"'):
            self._post(page, choice="pay")

    def act(self, choice: str, **values: str) -> None:
        """One button of the control page (listings/fake_stripe/actions.py). Refusals change nothing."""
        self._post(f"{self.url}/fake-stripe/", choice=choice, **values)

    def _post(self, url: str, **values: str) -> None:
        answer = requests.post(
            url,
            values | {"csrfmiddlewaretoken": CSRF},
            cookies={"csrftoken": CSRF},
            allow_redirects=False,
            timeout=120,
        )
        if answer.status_code != 302:
            raise RuntimeError(f"The gateway answered {values} with {answer.status_code}: {answer.text[:300]}")

    # What it knows

    def objects(self, kind: str) -> list[dict]:
        """All objects of one kind, the oldest first."""
        connection = psycopg2.connect(host=str(self.database.folder / "pg"), user="postgres", dbname="postgres")
        try:
            with connection.cursor() as cursor:
                query = "SELECT data FROM fake_stripe_gatewayobject WHERE kind = %s ORDER BY created_at, id"
                cursor.execute(query, [kind])
                return [data for [data] in cursor.fetchall()]
        finally:
            connection.close()

    def events(self) -> list[Event]:
        return [Event(each["id"], each["type"], json.dumps(each).encode()) for each in self.objects("event")]
