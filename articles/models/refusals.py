"""Why a step of an article is refused; each says what to do."""


class WrongStatus(Exception):  # noqa: N818 - the sentence says it
    """The step is not open to an article in this status."""


class Incomplete(Exception):  # noqa: N818 - what is missing says it
    """Publishing is refused; `missing` holds sentences that say what to do."""

    def __init__(self, missing: list[str]):
        super().__init__(" ".join(missing))
        self.missing = missing


class Outdated(Exception):  # noqa: N818 - the sentence says it
    """The live article was changed after its next version was begun."""
