"""The two ways a file can fail. Both carry one sentence for a person: what the file is, and what to do."""


class DirectoryError(Exception):
    """A file that cannot be imported; str() is a plain sentence."""


class UnknownLayout(DirectoryError):  # noqa: N818 - raised as a sentence
    """The file can be read, but it is not a directory of clinics we know, or lacks columns that matter."""


class UnreadableFile(DirectoryError):  # noqa: N818
    """The file is missing, empty, damaged, cut off, too large, or not text, a workbook or JSON at all."""
