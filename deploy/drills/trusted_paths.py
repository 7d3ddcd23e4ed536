"""Which files and folders root opens by name on a deployment, and whether somebody else could put others there.

Whoever may write a folder can put a link in the place of a file that root then opens, writes or runs: that is how a
worker of nginx became root (CVE-2016-1247). rehearse.py asks on the rehearsed machine. Needs only Python.
"""

import os
import re
import stat
import subprocess
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

UNITS = "/etc/systemd/system/waypost-*"
# What nginx's main process opens, after the words of its configuration; the rest of a line does not matter.
OF_NGINX = re.compile(
    r"^\s*(?:access_log|error_log|pid|ssl_\w*certificate\w*|ssl_trusted\w*|include)\s+(/[^\s;]+)", re.M
)
FOLDERS_OF_NGINX = re.compile(r"^\s*(?:proxy_cache_path|\w+_temp_path)\s+(/[^\s;]+)", re.MULTILINE)
OF_UNITS = re.compile(
    r"^(?:EnvironmentFile|LoadCredential|WorkingDirectory|ExecStart)=(?:\w+:)?-?(/\S+)", re.MULTILINE
)
OTHERS = (
    *("/usr/local/bin/waypost", "/etc/waypost/*", "/var/log/waypost/*", "/etc/systemd/journald.conf.d/waypost.conf"),
    *("/etc/pgbouncer/pgbouncer.ini", "/etc/letsencrypt/live/*/*", "/var/www/letsencrypt", "/srv/waypost/*"),
)
MADE = ("/var/lib/waypost", "/var/backups/waypost")  # by root, which opens nothing in them: what is above them counts
WHOLE = ("/srv/waypost", "/etc/waypost", "/etc/nginx", "/etc/letsencrypt")  # root runs or reads everything in them
WRITTEN = re.compile(r"\.(?:log|pid)(?:\.\d+)?(?:\.gz)?$")  # by root: the file may be another's, its place may not


def configuration_of_nginx() -> str:
    return subprocess.run(["nginx", "-T"], capture_output=True, text=True, check=True).stdout


def opened_by_root() -> set[Path]:
    """Every file and folder that a process of root opens, writes or runs by name, from the files that name them."""
    shown = configuration_of_nginx()
    names = {*re.findall(r"^# configuration file (/[^:]+):$", shown, re.MULTILINE), *OF_NGINX.findall(shown)}
    for unit in glob(UNITS):
        names |= {unit, *OF_UNITS.findall(Path(unit).read_text())}
    rotated = Path("/etc/logrotate.d/waypost")
    names |= {str(rotated), *re.findall(r"^(/\S+) \{", rotated.read_text(), re.MULTILINE), *OTHERS}
    return {Path(path) for name in names for path in (glob(name) or [name])}


def distrusted(
    paths: Iterable[Path], *, owners: frozenset[int] = frozenset({0}), top: Path = Path("/")
) -> Iterator[str]:
    """A sentence for each file or folder at or above one of `paths`, below `top`, that is not the `owners`' alone.

    A link is followed: the folders of both ends count.
    """
    seen: set[Path] = set()
    for path in sorted(paths):
        for place in places_of(path, top):
            if place not in seen:
                seen.add(place)
                yield from problems_of(place, owners)


def places_of(path: Path, top: Path) -> Iterator[Path]:
    """The path, every folder above it, and the same for what links on the way lead to."""
    waiting, known = [path], set()
    while waiting:
        each = waiting.pop()
        if each in known or not each.is_relative_to(top) or each == top:
            continue
        known.add(each)
        yield each
        waiting.append(each.parent)
        if each.is_symlink():
            waiting.append(Path(os.path.normpath(each.parent / each.readlink())))


def problems_of(path: Path, owners: frozenset[int]) -> Iterator[str]:
    try:
        found = path.lstat()
    except FileNotFoundError:
        yield f"{path} is not there, and root opens it."
        return
    if stat.S_ISLNK(found.st_mode):
        if WRITTEN.search(path.name):
            yield f"{path} is a link, and root writes to it."
        if found.st_uid not in owners:
            yield f"{path} is a link of user {found.st_uid}."
        return
    is_written = stat.S_ISREG(found.st_mode) and WRITTEN.search(path.name)
    if found.st_uid not in owners and not is_written:
        yield f"{path} belongs to user {found.st_uid}, and root opens it or a file in it."
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield f"{path} can be written by others ({stat.filemode(found.st_mode)}), and root opens it or a file in it."
    if is_written and found.st_nlink > 1:
        yield f"{path} has a second name, and root writes to it."


def distrusted_below(folder: Path, owners: frozenset[int] = frozenset({0})) -> Iterator[str]:
    """The same for everything in a folder, links left out: their other ends are elsewhere."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if not path.is_symlink():
                yield from problems_of(path, owners)


def distrusted_on_this_machine() -> tuple[int, list[str]]:
    """How many files and folders were looked at by name, and what is wrong."""
    paths = opened_by_root()
    made = {Path(name).parent for name in (*MADE, *FOLDERS_OF_NGINX.findall(configuration_of_nginx()))}
    found = [*distrusted(paths | made)]
    for folder in WHOLE:
        found += distrusted_below(Path(folder))
    return len(paths | made), sorted(set(found))
