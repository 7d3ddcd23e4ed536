import contextlib
import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class SecretFiles(FileAwareMapping):
    """The environment, where NAME_FILE may name a file that holds NAME: a secret of systemd or of a container.

    Raises ImproperlyConfigured, with a sentence, if both are set or the file cannot be read.
    """

    def __getitem__(self, name):
        path = self.env.get(f"{name}_FILE")
        if not path:
            return self.env[name]
        if self.env.get(name):
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Unset one of them.")
        try:
            return super().__getitem__(name).strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE, {path}, cannot be read: {error.strerror}.") from error


class Env(environ.FileAwareEnv):
    ENVIRON = SecretFiles()


def read_or_make(path: Path, length: int) -> str:
    """The random text in `path`, made of `length` random bytes if there is none yet; only its owner may read it.

    Complete or absent: processes that start together all read the same text, and none reads an empty file.
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


def secret_key(env: Env, path: Path, *, may_be_made: bool) -> str:
    """SECRET_KEY of the environment, else the random one in `path`, which is made if it may be.

    Raises ImproperlyConfigured, with a sentence, if there is neither.
    """
    if key := env.str("SECRET_KEY", default=""):
        return key
    if not path.exists() and not may_be_made:
        raise ImproperlyConfigured("SECRET_KEY is not set. Set it to a long random text and start again.")
    return read_or_make(path, 50)
