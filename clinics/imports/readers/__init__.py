"""Readers of the government's files: `open_directory(path)` recognises the layout and yields the rows.

Pure Python: no database, no settings, no network.
"""

from .directory import UNDATED, DirectoryFile, open_directory
from .errors import DirectoryError, UnknownLayout, UnreadableFile

__all__ = ["UNDATED", "DirectoryError", "DirectoryFile", "UnknownLayout", "UnreadableFile", "open_directory"]
