"""``toolset.approvals``: calls that wait for a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from composio.client.owner import blocking
from composio.errors import InvalidRequest
from composio.model.call import CallOptions, ToolResult
from composio.model.processors import Processors
from composio.toolset.acting import Acting

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.model.approval import Approval
    from composio.policy.once import ByCallId
    from composio.policy.policy import Policy

T = TypeVar("T")

__all__ = ["ToolsetApprovals", "check_dedupe", "hold_to_lock", "is_dry", "put_under"]


def put_under(policy: Policy | Path | str | None, *, read_only: bool) -> Callable[[Backend], Backend]:
    """Return a wrapper that puts a backend under a policy, an object or a file's path. Raises ``PolicyFileError``."""
    from composio.policy.file import read_policy
    from composio.policy.guarded import guard
    from composio.policy.policy import READ_ONLY, Policy

    found = read_policy(policy) if isinstance(policy, str | Path) else policy
    if found is not None and not isinstance(found, Policy):
        raise InvalidRequest(f"policy= is a Policy or the path of a policy.toml, not {type(found).__name__}.")
    if read_only:
        found = READ_ONLY if found is None else found.read_only()
    return lambda backend: guard(backend, found)


def check_dedupe(dedupe: ByCallId | None) -> ByCallId | None:
    """Check ``dedupe``. Raises ``InvalidRequest`` for any other value."""
    if dedupe is not None:
        from composio.policy.once import ByCallId

        if not isinstance(dedupe, ByCallId):
            raise InvalidRequest(f"dedupe= is ByCallId(window='24h'), of composio.policy; got {type(dedupe).__name__}.")
    return dedupe


def hold_to_lock(frozen: object, under: Callable[[Backend], Backend] | None) -> Callable[[Backend], Backend]:
    """Return a wrapper that pins a backend to a lock file, then applies ``under``. Raises ``InvalidRequest``."""
    from composio.policy.frozen import LOCK, freeze, read_lock

    if not isinstance(frozen, str | Path | bool):
        raise InvalidRequest(f"frozen= is True or the path of a composio.lock; got {type(frozen).__name__}.")
    lock = read_lock(LOCK if isinstance(frozen, bool) else frozen)
    return lambda backend: freeze(backend, lock) if under is None else under(freeze(backend, lock))


def is_dry(mode: str) -> bool:
    """Return whether ``mode`` is a dry run. Raises ``InvalidRequest`` for an unknown mode."""
    if mode not in {"live", "dry"}:
        raise InvalidRequest(f"mode= is 'live' or 'dry'; got {mode!r:.40}.")
    return mode == "dry"


class ToolsetApprovals:
    """List, approve, deny and run waiting calls. For programs and people: none of this is a tool.

    An approval covers one action with exactly these final arguments, one entity, one connection and one version of the policy.
    It can be used once, until it expires. Each method has an asynchronous twin with the prefix ``a``.
    """

    def __init__(
        self, backend: Backend, acting: Acting, options: CallOptions, processors: Processors, local_tools: object
    ) -> None:
        self.backend = backend
        self._acting, self._options, self._processors, self._local_tools = acting, options, processors, local_tools

    async def alist(self, status: str | None = "pending", *, entity_id: str | None = None, limit: int = 50) -> list[Approval]:
        """List approvals by status, newest first: pending, approved, denied, used or expired; None for all."""
        from composio.model.approval import ApprovalFilter, ApprovalStatus

        if status is not None and status not in set(ApprovalStatus):
            raise InvalidRequest(f"status is one of {', '.join(ApprovalStatus)}, or None for all; got {status!r:.40}.")
        which = ApprovalFilter(
            status=None if status is None else ApprovalStatus(status), entity_id=entity_id, limit=max(1, min(limit, 1_000))
        )
        return await self._work(lambda: self.backend.approvals.list(which))

    async def aget(self, approval_id: str) -> Approval:
        """Return one approval. Raises ``ApprovalNotFound``."""
        return await self._work(lambda: self.backend.approvals.get(approval_id))

    async def aapprove(self, approval_id: str, *, by: str, groups: Iterable[str] = (), reason: str | None = None) -> Approval:
        """Approve a waiting call. ``by`` is the person who approves, ``groups`` their groups as your program knows them.

        Raises ``ApprovalRefused`` if it is decided, has expired, or another group must decide.
        """
        return await self._decide(approval_id, True, by, groups, reason)

    async def aapprove_all(
        self, approval_ids: Iterable[str], *, by: str, groups: Iterable[str] = (), reason: str | None = None
    ) -> Sequence[Approval]:
        """Approve several waiting calls as one plan: all of them, or none.

        Raises ``ApprovalRefused`` if one of them is decided, has expired, or another group must decide.
        """
        ids, named = tuple(approval_ids), _read_groups(groups)
        return await self._work(
            lambda: self.backend.approvals.decide_all(ids, approved=True, by=by, groups=named, reason=reason)
        )

    async def adeny(self, approval_id: str, *, by: str, groups: Iterable[str] = (), reason: str | None = None) -> Approval:
        """Deny a waiting call. The same call is refused with ``reason`` until the approval would have expired."""
        return await self._decide(approval_id, False, by, groups, reason)

    async def arun(self, approval_id: str) -> ToolResult:
        """Run the approved call once and return its result.

        Alternatively the agent repeats the call, which then passes once. Raises ``ApprovalRefused``.
        """
        run = getattr(self.backend, "run_approved", None)
        if run is None:
            raise InvalidRequest("This toolset has no policy, under which an approval could be used: give it policy=.")
        outcome = await run(
            approval_id,
            app_auth=self._acting.app_auth,
            options=self._options,
            processors=self._processors,
            tools=self._local_tools,
        )
        result: ToolResult = outcome.result(tool=approval_id)
        return result

    list = blocking(alist)
    get = blocking(aget)
    approve = blocking(aapprove)
    approve_all = blocking(aapprove_all)
    deny = blocking(adeny)
    run = blocking(arun)

    async def _decide(self, approval_id: str, approved: bool, by: str, groups: Iterable[str], reason: str | None) -> Approval:
        named = _read_groups(groups)
        return await self._work(
            lambda: self.backend.approvals.decide(approval_id, approved=approved, by=by, groups=named, reason=reason)
        )

    @staticmethod
    async def _work(work: Callable[[], T]) -> T:
        from anyio.to_thread import run_sync

        return await run_sync(work)


def _read_groups(groups: Iterable[str]) -> tuple[str, ...]:
    return (groups,) if isinstance(groups, str) else tuple(groups)
