"""Pieces of work on all cores, results in order: numpy and Pillow let go of the interpreter while they compute."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS or Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def in_order(work: Callable[[T], R], pieces: Iterable[T], threads: int = 0) -> Generator[R, None, None]:
    """`work` of each piece, in order, a few pieces ahead of whoever consumes them. Its exceptions come out here.

    Leaving the loop early drops the pieces that wait and waits for those that run: close the iterator, or exhaust it.
    """
    count = threads or cores()
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(count, thread_name_prefix="sslviz-data")
    try:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
