"""Garbage collection for processes that handle ticks: they make many tuples and no cycles.

Belongs here: how seldom cycles are looked for. Not here: anything else.
"""

import gc

THRESHOLDS = (200_000, 20, 100)


def collect_garbage_seldom() -> None:
    """For a process that does nothing else: looking for cycles that are not there costs a third of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
