import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# What may be given as a file, whose path is in NAME_FILE: a secret of systemd, of a container, or of a vault's agent.
NAMES = (
    "SECRET_KEY",
    "DATABASE_URL",
    "EMAIL_URL",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SENTRY_DSN",
    "S3_SECRET_KEY",
    "CACHE_URL",
)


def read_named(environment) -> None:
    """Put the content of the files of NAME_FILE in their places. Raises ImproperlyConfigured with a sentence."""
    for name in NAMES:
        path = environment.get(f"{name}_FILE")
        if not path:
            continue
        if environment.get(name):
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Unset one of them.")
        try:
            environment[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE, {path}, cannot be read: {error.strerror}.") from error


def read_or_make(path: Path, length: int) -> str:
    """The random text in `path`, made of `length` random bytes if there is none yet; for its owner's eyes only.

    Whole or not there at all: of processes that start together all read the same one, and none an empty file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(length))
        with contextlib.suppress(FileExistsError):  # another process was first: its text counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
