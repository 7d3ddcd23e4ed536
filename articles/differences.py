"""What differs between two lists, in the steps of difflib, at a price that grows with their length alone."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, takewhile

Step = tuple[str, int, int, int, int]  # as of SequenceMatcher.get_opcodes()
# Of equal items, one from each list: what a search for the longest run in common looks at. Two versions of an article
# of 1,500 words have about so many.
MOST_PAIRS = 20_000


def steps(old: Sequence[Hashable], new: Sequence[Hashable], ends: Collection = ()) -> list[Step]:
    """How `old` becomes `new`. What repeats itself too often is compared by passages, each up to one of `ends`."""
    head = _count_alike(old, new)
    tail = _count_alike(old[head:][::-1], new[head:][::-1])
    till, new_till = len(old) - tail, len(new) - tail
    found: list[Step] = [("equal", 0, head, 0, head)] if head else []
    found += _moved(_between(old[head:till], new[head:new_till], ends), head, head)
    if tail:
        found.append(("equal", till, len(old), new_till, len(new)))
    return list(_joined(found))


def _count_alike(old: Sequence, new: Sequence) -> int:
    """How many of the first items are the same."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _between(old: Sequence, new: Sequence, ends: Collection) -> list[Step]:
    counts = Counter(new)
    if sum(counts[item] for item in old) <= MOST_PAIRS:
        return [*SequenceMatcher(None, old, new, autojunk=False).get_opcodes()]
    at, new_at = _bounds(old, ends), _bounds(new, ends)
    if len(at) == len(new_at) == 2:
        return [("replace", 0, len(old), 0, len(new))]
    passages = [tuple(old[start:end]) for start, end in pairwise(at)]
    new_passages = [tuple(new[start:end]) for start, end in pairwise(new_at)]
    found: list[Step] = []
    for operation, start, end, new_start, new_end in steps(passages, new_passages):
        if operation == "replace" and end - start == new_end - new_start:  # the same ones, each changed
            runs = [*zip(pairwise(at[start : end + 1]), pairwise(new_at[new_start : new_end + 1]), strict=True)]
        else:
            runs = [((at[start], at[end]), (new_at[new_start], new_at[new_end]))]
        for (first, last), (new_first, new_last) in runs:
            found += _moved(steps(old[first:last], new[new_first:new_last]), first, new_first)
    return found


def _bounds(items: Sequence, ends: Collection) -> list[int]:
    """Where the passages begin, and where the last one ends."""
    behind = [place + 1 for place, item in enumerate(items) if item in ends]
    return sorted({0, len(items), *behind}) if items else [0]


def _moved(found: list[Step], by: int, new_by: int) -> list[Step]:
    return [
        (operation, start + by, end + by, new_start + new_by, new_end + new_by)
        for operation, start, end, new_start, new_end in found
    ]


def _joined(found: list[Step]) -> Iterator[Step]:
    """Equal runs that touch are one."""
    last: Step | None = None
    for step in found:
        if last and last[0] == step[0] == "equal":
            last = ("equal", last[1], step[2], last[3], step[4])
            continue
        if last:
            yield last
        last = step
    if last:
        yield last
