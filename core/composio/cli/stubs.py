"""Stubs for editors and type checkers: the names module with every known action, app and tag written out."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from composio.errors import ConfigurationError, InvalidRequest

if TYPE_CHECKING:
    from composio.cli.session import Session

__all__ = ["Written", "render", "write_stubs"]

# The whole surface of composio/model/names.py; a test compares the two. Triggers are not known here, so any name of theirs
# passes; a class without __getattr__ is what makes a mistyped action an error.
_HEAD = '''\
# Written by `composio apps generate-types`; run it again after adding or updating apps.
from collections.abc import Iterable, Iterator
from typing import Any, Final, Self

from composio.model.action import ActionModel
from composio.model.trigger import TriggerModel

__all__ = ["Action", "App", "Tag", "Trigger"]

class _NameMeta(type):
    """Knows the names that are written out below."""

    def __iter__(cls) -> Iterator[Any]: ...

class _AnyNameMeta(_NameMeta):
    def __getattr__(cls, name: str) -> Any: ...

class _NameBase(str, metaclass=_NameMeta):
    def __new__(cls, value: str) -> Self: ...
    @classmethod
    def all(cls) -> Iterator[Self]: ...
    @classmethod
    def iter(cls) -> Iterator[str]: ...
    @property
    def value(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...

class Trigger(_NameBase, metaclass=_AnyNameMeta):
    """A trigger's name."""

    @classmethod
    def iter(cls) -> Iterator[str]: ...
    def load(self) -> TriggerModel: ...
    @property
    def app(self) -> str: ...
'''
_ACTION = """\
    @classmethod
    def iter(cls) -> Iterator[str]: ...
    def load(self) -> ActionModel: ...
    @property
    def app(self) -> str: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def no_auth(self) -> bool: ...
    @property
    def is_local(self) -> bool: ...
    @property
    def is_runtime(self) -> bool: ...
    @property
    def version(self) -> str: ...
    @property
    def available_versions(self) -> list[str]: ...
    @property
    def is_version_set(self) -> bool: ...
    def latest(self) -> Self: ...
    def latest_base(self) -> Self: ...
    def with_version(self, version: str) -> Self: ...
    def __matmul__(self, version: str) -> Self: ...
"""
_APP = """\
    @classmethod
    def iter(cls) -> Iterator[str]: ...
    @property
    def is_local(self) -> bool: ...
    def get_actions(self, tags: Iterable[str] | None = None) -> Iterator[Action]: ...
"""
_TAG = """\
    @property
    def any_case(self) -> bool: ...
    @classmethod
    def iter(cls) -> Iterator[str]: ...
    @property
    def app(self) -> str: ...
"""


@dataclass(frozen=True, slots=True)
class Written:
    """The result: the stub's path, and how many compiled apps and actions it knows."""

    path: Path
    apps: int
    actions: int


def render(actions: Iterable[str], apps: Iterable[str], tags: Iterable[str]) -> str:
    """Return the stub's text: one attribute per name, sorted, without invalid identifiers."""
    return "\n".join(
        (
            _HEAD,
            _class("Action", "An action's name.", actions, _ACTION),
            _class("App", "An app's name.", apps, _APP),
            _class(
                "Tag",
                "A tag's name.",
                ("IMPORTANT", *(re.sub(r"\W+", "_", t).upper() for t in tags)),
                _TAG,
            ),
        )
    )


def _class(name: str, doc: str, members: Iterable[str], extra: str = "") -> str:
    # Only upper-case identifiers: the real metaclass answers no others.
    known = sorted({m.upper() for m in members if m.isidentifier() and not keyword.iskeyword(m) and not m.startswith("_")})
    return f'class {name}(_NameBase):\n    """{doc}"""\n\n{extra}' + "".join(f"    {m}: Final[{name}]\n" for m in known)


def write_stubs(session: Session, output: Path | None) -> Written:
    """Write the stub for the compiled apps.

    ``output`` is a ``.pyi`` file, or a folder for a checker's stub path (mypy's ``mypy_path``, pyright's ``stubPath``), where
    ``composio/model/names.pyi`` is made; the default is beside the installed module. Raises ``ConfigurationError`` where
    nothing can be written.
    """
    from composio.backend import ActionQuery

    backend = session.backend
    apps = backend.run(backend.apps)
    compiled = tuple(app.key for app in apps if app.compiled)
    actions = session.actions(ActionQuery(apps=compiled, everything=True)) if compiled else []
    names = {name for action in actions for name in action.names}
    text = render(names, (app.key for app in apps), (tag for action in actions for tag in action.tags))
    return Written(_write(text, output), len(compiled), len(actions))


def _write(text: str, output: Path | None) -> Path:
    from composio.model import names

    module = Path(names.__file__)
    if output is None:
        files = {module.with_suffix(".pyi"): text}
    elif output.suffix == ".pyi":
        files = {output: text}
    elif output.exists() and not output.is_dir():
        raise InvalidRequest(f"--output: {output} is neither a folder nor a .pyi file.")
    else:
        files = _tree(output, module, text)
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"Can't write {path}: {error.strerror}. "
            "Give a folder of yours and put it on your checker's stub path: composio apps generate-types --output typings"
        ) from error
    return next(iter(files))


def _tree(folder: Path, module: Path, text: str) -> dict[Path, str]:
    """Write the stub and the ``__init__`` files that mypy needs to treat the folders above it as packages."""
    package = module.parent.parent
    surface = (package / "__init__.py").read_text(encoding="utf-8")
    return {
        folder / "composio" / "model" / "names.pyi": text,
        folder / "composio" / "model" / "__init__.pyi": "",
        folder / "composio" / "__init__.pyi": surface,
    }
