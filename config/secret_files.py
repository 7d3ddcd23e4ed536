import contextlib
import os
import secrets
from pathlib import Path


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
