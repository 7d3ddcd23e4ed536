"""A PostgreSQL of the system beside the embedded one, so that DATABASE_URL is tested against another version."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.drills.packages import install


def server_programs() -> Path:
    """The folder of initdb and pg_ctl; installed with apt when this is Debian and we are root. Fails in words."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    if shutil.which("apt-get") and os.geteuid() == 0:
        # Without a cluster of its own that would start at once.
        Path("/etc/postgresql-common").mkdir(exist_ok=True)
        Path("/etc/postgresql-common/createcluster.conf").write_text("create_main_cluster = false\n")
        install("postgresql")
        return server_programs()
    return pytest.fail("No PostgreSQL server programs (initdb) on this machine: install the package `postgresql`.")


@contextlib.contextmanager
def running_server(folder: Path, more_options: str = ""):
    """A server in `folder` on a Unix socket there, with `more_options` ("-c name=value"); yields its DATABASE_URL."""
    programs = server_programs()
    # initdb refuses to run as root; any other account will do.
    account = {"user": "nobody"} if os.geteuid() == 0 else {}
    data = folder / "data"
    if account:
        folder.chmod(0o777)

    def run(*command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, **account)
        assert done.returncode == 0, done.stderr

    run(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off {more_options}"
    run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
