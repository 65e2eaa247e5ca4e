"""What is written together by threads: what comes meanwhile goes into the next, and an error reaches whose it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from composio.errors import StoreError
from composio.store.gathering import Gathering


def test_what_comes_while_one_is_written_goes_into_the_next_together() -> None:
    seen: list[list[int]] = []
    begun, go = threading.Event(), threading.Event()

    def work(values: Sequence[int]) -> list[int]:
        seen.append(sorted(values))
        begun.set()
        go.wait(5)
        return [value * 2 for value in values]

    gathering = Gathering(work)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(gathering.do, 0)
        assert begun.wait(5)
        rest = [pool.submit(gathering.do, number) for number in range(1, 9)]
        while len(gathering) < 8:
            threading.Event().wait(0.001)
        go.set()
        assert [one.result() for one in (first, *rest)] == [number * 2 for number in range(9)]
    assert seen == [[0], list(range(1, 9))]


def refuse_13(values: Sequence[int]) -> list[int]:
    if 13 in values:
        raise StoreError("13", reason="value")
    return list(values)


def test_a_value_that_is_refused_fails_no_other() -> None:
    gathering = Gathering(refuse_13)
    gathering.put(13)
    gathering.put(1)
    assert gathering.do(2) == 2
    with pytest.raises(StoreError, match="13"):
        gathering.do(13)
    gathering.flush()
    assert len(gathering) == 0


def test_what_nobody_waits_for_is_tried_again_after_a_failure() -> None:
    done: list[int] = []
    failures = [OSError("away"), OSError("away")]

    def work(values: Sequence[int]) -> list[int]:
        if failures:
            raise failures.pop()
        done.extend(values)
        return list(values)

    gathering = Gathering(work)
    gathering.put(1)
    gathering.put(2)
    with pytest.raises(OSError, match="away"):
        gathering.do(3)
    with pytest.raises(OSError, match="away"):
        gathering.flush()
    gathering.flush()
    assert done == [1, 2]
