"""The shared base of toolset and client: a backend created on first use, and synchronous forms of asynchronous methods.

Each method is written once, as a coroutine; :func:`blocking` and :func:`blocking_read` make its synchronous twin. Each of them
explains arguments that the method does not accept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from itertools import chain, repeat
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, Self, TypeVar, cast

from composio.backend.factory import name_server, open_backend
from composio.errors import nearest
from composio.former.directory import remember
from composio.model.secret import Secret, hide_text, veil
from composio.process.forks import lock

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["BackendOwner", "Closes", "blocking", "blocking_read", "explain", "forward"]

P = ParamSpec("P")
R = TypeVar("R")


class _HasBackend(Protocol):
    @property
    def backend(self) -> Backend: ...


SelfT = TypeVar("SelfT", bound=_HasBackend)

# Arguments that hold credentials. Frames keep their arguments, and tracebacks show them.
_CREDENTIALS = frozenset({"auth", "auth_config", "callback_url", "connected_account_params", "data", "field_inputs", "params"})
_TAKES_ANY = 0x08  # CO_VARKEYWORDS
# v0.7's options, which its subclasses pass on; they have no effect.
_PASSED_ON = frozenset({"_check_requested_actions", "_populate_requested"})


class Closes(ABC):
    """An object closed by ``with`` and ``async with``."""

    @abstractmethod
    def close(self) -> None:
        """Close everything that was opened here."""

    @abstractmethod
    async def aclose(self) -> None:
        """Like :meth:`close`, asynchronously."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class BackendOwner(Closes):
    """``home`` and ``backend`` are as in :class:`composio.ComposioToolSet`; ``under`` wraps the backend before use.

    A backend created here is closed here.
    """

    def __init__(
        self,
        *,
        home: Path | str | None = None,
        backend: Backend | None = None,
        api_key: Secret | None = None,
        base_url: str | None = None,
        under: Callable[[Backend], Backend] | None = None,
    ) -> None:
        if backend is None:
            name_server(api_key=api_key, base_url=base_url, home=home)  # refuse invalid combinations at once
        self._home, self._api_key, self._base_url = home, api_key, base_url
        self._backend, self._owns_backend = backend, backend is None
        self._under = under
        if backend is not None and under is not None:
            self._backend = under(backend)
        self._lock = lock()
        remember(self)

    @property
    def is_guarded(self) -> bool:
        """Return whether a wrapper sits between this object and the backend."""
        return self._under is not None

    @property
    def backend(self) -> Backend:
        """The backend that runs everything, created on first use: a server's if one is named, else the embedded one."""
        with self._lock:
            if self._backend is None:
                made = open_backend(home=self._home, api_key=self._api_key, base_url=self._base_url)
                self._backend = made if self._under is None else self._under(made)
            return self._backend

    def close(self) -> None:
        """Close everything that was opened here. Using the object again reopens it."""
        if self._owns_backend and self._backend is not None:
            self._backend.close()

    async def aclose(self) -> None:
        """Like :meth:`close`, asynchronously."""
        if self._owns_backend and self._backend is not None:
            await self._backend.aclose()


def _code(method: object) -> CodeType:
    """Return the code of the innermost wrapped method."""
    while (inner := getattr(method, "__wrapped__", None)) is not None:
        method = inner
    return cast("CodeType", cast("Any", method).__code__)


def _names(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _refuse(name: str, given: dict[str, Any], code: CodeType) -> None:
    """Suggest the intended name for an unknown argument. Drop options that v0.7's subclasses pass on."""
    for one in _PASSED_ON.intersection(given):
        del given[one]
    known = [one for one in _names(code) if one != "self"]
    unknown = next((one for one in given if one not in known), None)
    if unknown is None or code.co_flags & _TAKES_ANY:
        return
    guess = nearest(unknown, known, 1)
    hint = f" Did you mean {guess[0]}?" if guess else ""
    raise TypeError(f"{name}() got an unexpected argument {unknown!r}.{hint} It takes {', '.join(known)}.")


def _veil(name: str, value: object) -> object:
    if name not in _CREDENTIALS or value is None:
        return value
    return hide_text(value) if name == "callback_url" else veil(value)


def _hide(order: Sequence[str], args: tuple[object, ...]) -> tuple[object, ...]:
    """Return the positional arguments with credentials hidden."""
    return tuple(_veil(name, one) for name, one in zip(chain(order, repeat("")), args, strict=False))


def forward(
    part: str, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]:
    """Return ``method`` of the object under the attribute ``part``."""
    order = _names(_code(method))[1:]
    secret = _CREDENTIALS.intersection(order)

    @wraps(method)
    async def call(self: object, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if secret:  # this frame keeps its arguments, and tracebacks show them
            hidden: Any = _hide(order, args)
            named: Any = {name: _veil(name, one) for name, one in kwargs.items()}
            args, kwargs = hidden, named
        return await method(getattr(self, part), *args, **kwargs)

    return call


def blocking(work: Callable[Concatenate[SelfT, P], Coroutine[object, object, R]]) -> Callable[Concatenate[SelfT, P], R]:
    """Make the synchronous form of the coroutine method ``work``; see the toolset for its use."""
    return _blocking(work, reads=False)


def blocking_read(work: Callable[Concatenate[SelfT, P], Coroutine[object, object, R]]) -> Callable[Concatenate[SelfT, P], R]:
    """Like :func:`blocking`, for methods that only read and so may need no event loop."""
    return _blocking(work, reads=True)


def _blocking(
    work: Callable[Concatenate[SelfT, P], Coroutine[object, object, R]], *, reads: bool
) -> Callable[Concatenate[SelfT, P], R]:
    order = _names(_code(work))[1:]
    names, secret = frozenset(order), _CREDENTIALS.intersection(order)

    @wraps(work)
    def call(self: SelfT, /, *args: P.args, **kwargs: P.kwargs) -> R:
        # By name, so that a subclass that overrides the asynchronous form changes both.
        twin: Callable[P, Coroutine[object, object, R]] = getattr(self, work.__name__)
        if not kwargs.keys() <= names:
            _refuse(call.__name__, kwargs, _code(twin))
        if secret:
            hidden: Any = _hide(order, args)
            named: Any = {name: _veil(name, one) for name, one in kwargs.items()}
            args, kwargs = hidden, named
        backend = self.backend
        run = backend.run
        if reads and getattr(twin, "__func__", None) is work:  # a subclass's override may wait for anything
            run = getattr(backend, "read", run)
        return run(lambda: twin(*args, **kwargs))

    call.__name__ = work.__name__.removeprefix("a")
    call.__qualname__ = f"{work.__qualname__.rpartition('.')[0]}.{call.__name__}"
    return call


def explain(method: Callable[P, R]) -> Callable[P, R]:
    """Wrap ``method``: an unknown keyword raises a ``TypeError`` that suggests the intended one."""
    code: CodeType = cast("Any", method).__code__
    names = frozenset(_names(code))

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not kwargs.keys() <= names:
            _refuse(method.__name__, kwargs, code)
        if kwargs.get("auth") is not None:  # this frame keeps its arguments, and tracebacks show them
            kwargs["auth"] = veil(kwargs["auth"])
        return method(*args, **kwargs)

    return call
