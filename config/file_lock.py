import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_at_a_time(path: Path, while_waiting: str = "") -> Iterator[None]:
    """Hold the lock of the file `path`, which ends with its process; print `while_waiting` if another one holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:  # not inherited by programs that are started meanwhile
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if while_waiting:
                print(while_waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
