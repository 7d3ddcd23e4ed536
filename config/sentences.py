"""What ends a command in one sentence: a setting that is wrong, a disk that is full. A defect keeps its traceback."""

import errno
import shutil

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError

FULL_DISK = "The disk is full: {}. Make room and run it again."
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LEAST_FREE_BYTES = 32 * 2**20  # with less, PostgreSQL ends when it begins the next 16 MB of its write-ahead log
# Of the server and of initdb, which run with the messages of the C library.
WORDS_OF_A_FULL_DISK = ("No space left on device", "Disk quota exceeded", "File too large", "File size limit exceeded")


def sentence_of(error: BaseException) -> str:
    """What to tell instead of the traceback of `error`, or of what caused it; "" if that would hide a defect."""
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return FULL_DISK.format(cause.filename or cause.strerror)
        if is_full_disk(str(cause)):
            return FULL_DISK.format(str(cause).splitlines()[0])
        if isinstance(cause, OperationalError | InterfaceError) and _has_no_room_for_private_database():
            return FULL_DISK.format(f"there is no room for the private database in {settings.VAR_DIR}")
        cause = cause.__cause__ or cause.__context__
    return ""


def is_full_disk(text: str) -> bool:
    return any(words in text for words in WORDS_OF_A_FULL_DISK)


def _has_no_room_for_private_database() -> bool:
    """Then it has ended without a word that reached this process."""
    if not settings.configured or settings.HAS_OWN_DATABASE:
        return False
    return shutil.disk_usage(settings.VAR_DIR).free < LEAST_FREE_BYTES
