"""Combine the scores of words and models: a linear sum of scores, each divided by its maximum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from composio.catalog.search.models import loaded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from composio.catalog.search.vectors import Intervals, Matrix

    Similar = tuple["NDArray[np.int64]", "NDArray[np.float32]"]

__all__ = ["WEIGHTS", "fuse", "similar"]

WEIGHTS: Mapping[str, float] = {"wordllama": 0.3, "minilm": 0.8}
"""Weight of each model relative to the words."""

_LONGEST = 1_000  # characters of a query that a model reads
_LEAST = 0.25  # minimum similarity of an action that shares no word with the query


def similar(
    matrices: Mapping[str, Matrix], text: str, allowed: Intervals, words: Iterable[int], count: int
) -> tuple[dict[str, Similar], set[int]]:
    """Return the similarity of actions to a text by model, and the candidates, including those of ``words``.

    The best model compares all of ``allowed``, and its ``count`` most similar are candidates too; others compare the
    candidates.
    """
    ids = set(words)
    found: dict[str, Similar] = {}
    for name in sorted(matrices, key=WEIGHTS.__getitem__, reverse=True):
        vector = _vector(name, text[:_LONGEST])
        if vector is None:
            continue
        if found:
            found[name] = matrices[name].similar_of(vector, list(ids))
        else:
            found[name] = matrices[name].similar(vector, allowed)
            ids |= _closest(found[name], count)
    return found, ids


@lru_cache(maxsize=64)
def _vector(name: str, text: str) -> NDArray[np.float32] | None:
    model = loaded(name)
    if model is None:
        return None
    found: NDArray[np.float32] = model.embed([text])[0]
    return found


def _closest(found: Similar, count: int) -> set[int]:
    """Return the ids of the most similar."""
    import numpy as np

    ids, values = found
    ids, values = ids[values >= _LEAST], values[values >= _LEAST]
    most = np.argpartition(values, -count)[-count:] if len(values) > count else np.arange(len(values))
    return set(ids[most].tolist())


def fuse(words: Mapping[int, float], found: Mapping[str, Similar], ids: Sequence[int]) -> dict[int, float]:
    """Return one score for each of ``ids``; ``words`` may lack some.

    An action without a vector gets the similarity that its words suggest, so that apps without vectors stay comparable.
    """
    import numpy as np

    wanted = np.array(ids, np.int64)
    most = max(words.values(), default=0.0)
    own = np.array([words.get(one, 0.0) for one in ids], np.float32) / (most or 1.0)
    total = own.copy()
    for name, (known, values) in found.items():
        if not len(values):
            continue
        at = np.searchsorted(known, wanted)
        there = (at < len(known)) & (known[np.minimum(at, len(known) - 1)] == wanted)
        best = max(float(values.max()), 1e-6)
        part = np.where(there, np.maximum(values[np.minimum(at, len(known) - 1)], 0.0) / best, own)
        total += WEIGHTS[name] * part
    return dict(zip(ids, total.tolist(), strict=True))
