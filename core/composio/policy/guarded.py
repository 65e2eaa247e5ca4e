"""A backend under a policy: it decides on every call first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from composio.backend import Backend
from composio.errors import ActionDenied, ApprovalRefused
from composio.model.action import ActionModel, HttpBinding
from composio.model.approval import Answer, ApprovalStatus
from composio.model.auth import CustomAuth
from composio.model.call import (
    DEFAULT_ENTITY,
    NO_OPTIONS,
    NOTHING_LOCAL,
    CallOptions,
    Local,
    Outcome,
    RawRequest,
    ToolCall,
    Who,
)
from composio.model.effect import Effect, find_effect
from composio.model.processors import NO_PROCESSORS, Processors
from composio.policy.flows import READS
from composio.policy.gate import PolicyGate, explain_denial, is_connection
from composio.policy.policy import Policy
from composio.policy.rules import Facts, Ruling

__all__ = ["NOT_YET", "GuardedBackend", "guard", "keep_offered"]

NOT_YET: Final = Who(entity_id="")
"""The actor for tools whose entity is known only in a run."""

_OVERRIDES: Final = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


class GuardedBackend:
    """A ``backend`` that applies a policy to its calls. Everything else is delegated."""

    def __init__(self, backend: Backend, policy: Policy, gate: PolicyGate | None = None) -> None:
        self._backend = backend
        self.policy = policy
        self.gate = PolicyGate(policy, lambda: backend.approvals) if gate is None else gate

    def answered(self, answer: Answer) -> GuardedBackend:
        """Return the same backend for one call, whose approval a person decided in a framework."""
        return GuardedBackend(self._backend, self.policy, replace(self.gate, answer=answer))

    def asking(self) -> GuardedBackend:
        """Return the same backend, which runs nothing: it asks for approvals, and is successful if a call could run."""
        return GuardedBackend(self._backend, self.policy, replace(self.gate, only_asks=True))

    def __getattr__(self, name: str) -> Any:
        # Not Python's own protocol methods: a copy that the backend made of itself would have no policy.
        if name.startswith("__") or name == "_backend":
            raise AttributeError(name)
        return getattr(self._backend, name)

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        return await self._backend.execute(call, replace(local, gate=self.gate))

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Like :meth:`execute`, for synchronous callers."""
        return self._backend.execute_sync(call, replace(local, gate=self.gate))

    async def request(self, request: RawRequest) -> Outcome:
        """Send a request that no action describes. Raises ``ActionDenied`` unless the policy allows it directly."""
        if self.policy.flow is None:
            self._check(request)
        else:  # which reads the database
            from anyio.to_thread import run_sync

            await run_sync(self._check, request)
        return await self._backend.request(request)

    def request_sync(self, request: RawRequest) -> Outcome:
        """Like :meth:`request`, for synchronous callers."""
        self._check(request)
        return self._backend.request_sync(request)

    async def run_approved(
        self,
        approval_id: str,
        *,
        app_auth: Mapping[str, CustomAuth] | None = None,
        options: CallOptions = NO_OPTIONS,
        processors: Processors = NO_PROCESSORS,
        tools: object = None,
    ) -> Outcome:
        """Run the approved call once. Raises ``ApprovalRefused`` if the approval can't be used.

        ``processors`` apply to results only: the arguments are final.
        """
        from anyio.to_thread import run_sync

        approvals = self._backend.approvals
        asked = await run_sync(approvals.get, approval_id)
        if asked.status is not ApprovalStatus.APPROVED:
            raise ApprovalRefused(f"{approval_id} is {asked.status}, so nothing was run; only an approved call can run.")
        if asked.connection == "auth":
            raise ApprovalRefused(
                f"{approval_id} is for a call with auth= of its own, which is not stored: make the call again with it."
            )
        arguments = await run_sync(approvals.arguments, approval_id)
        who = Who(
            entity_id=asked.entity_id,
            connected_account_id=asked.connection if is_connection(asked.connection) else None,
            any_entity=asked.entity_id == DEFAULT_ENTITY,
            app_auth=app_auth or {},
            agent=asked.agent,
            on_behalf_of=asked.on_behalf_of,
        )
        call = ToolCall(action=asked.action, arguments=arguments, who=who, options=options)
        local = Local(
            processors=Processors(post=processors.post), tools=tools, gate=replace(self.gate, approval_id=approval_id)
        )
        return await self._backend.execute(call, local)

    def _check(self, request: RawRequest) -> None:
        name = f"{request.app.upper()}_REQUEST"
        action = ActionModel(slug=name, app=request.app, binding=HttpBinding(_method(request), request.endpoint))
        who = request.who
        arguments = {
            "method": request.method.upper(),
            "endpoint": request.endpoint,
            "query": dict(request.query),
            "body": request.body,
        }
        facts = Facts(
            action=action,
            arguments=arguments,
            entity_id=who.entity_id,
            agent=who.agent,
            run=who.run,
            connection=who.connection_to(request.app),
            moment=self.gate.now(),
        )
        if self.policy.flow is not None:
            facts = replace(facts, flow=self._watch(request, action))
        decision = self.policy.decide(facts, over=self.policy.limits(facts))
        if decision.verdict is Ruling.DENY:
            raise ActionDenied(name, explain_denial(name, decision), decision.rules)
        if decision.verdict is Ruling.CONFIRM:
            raise ActionDenied(
                name,
                f"{name} was not run: it would need approval, which only actions can wait for; call one that does this.",
                decision.rules,
            )

    def _watch(self, request: RawRequest, action: ActionModel) -> str | None:
        """Judge a request that nothing labels: it may read data of both kinds, and one that writes may send it anywhere."""
        leak = None
        if find_effect(action) is not Effect.READ:
            leak = self.gate.explain_leak(request.who, "its recipients can't be read from its arguments")
        if request.who.run and not request.options.dry:
            self.gate.note_reads(request.who, READS)
        return leak


def _method(request: RawRequest) -> str:
    """Return the method to judge a request by. A method override header may do anything, because APIs obey it."""
    named = any(name.strip().lower() in _OVERRIDES for name in request.headers)
    return "OVERRIDDEN" if named else request.method.upper()


def guard(backend: Backend, policy: Policy | None) -> Backend:
    """Return ``backend`` under a policy, or ``backend`` itself without one."""
    if policy is None:
        return backend
    return cast("Backend", GuardedBackend(backend, policy))  # __getattr__ supplies the rest, which no protocol can express


def keep_offered(backend: Backend, actions: Iterable[ActionModel], who: Who) -> list[ActionModel]:
    """Return the ``actions`` that could be called; all of them without a policy."""
    if not isinstance(backend, GuardedBackend):
        return list(actions)
    return [one for one in actions if backend.gate.offers(one, who)]
