"""The price of work as a number that no machine changes: how many lines of Python it runs."""

import sys
from collections.abc import Callable


def lines_run_by(work: Callable[[], object]) -> int:
    count = 0

    def trace(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
