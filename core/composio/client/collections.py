"""v0.7's module of models: each name is the class with the same meaning here."""

from __future__ import annotations

from typing import Any, get_args

from composio.client.connected_accounts import ConnectedAccounts
from composio.client.definitions import Actions, Apps, SearchResultTask
from composio.client.integrations import Integrations
from composio.client.params import ConnectionParams, ExpectedFieldInput
from composio.client.request import ConnectionRequest as ConnectionRequestModel
from composio.client.triggers import ActiveTriggers, Triggers
from composio.former.finder import name_lookup
from composio.model.action import ActionModel
from composio.model.action import JsonSchema as OpenAPISchema
from composio.model.app import AppModel, AuthMode
from composio.model.app import AuthField as AuthSchemeField
from composio.model.app import AuthScheme as AppAuthScheme
from composio.model.auth import CustomAuth as CustomAuthObject
from composio.model.auth import CustomAuthParameter, ParamPlacement
from composio.model.call import ToolResult
from composio.model.connection import Connection
from composio.model.connection import ConnectionValues as AuthConnectionParamsModel
from composio.model.connection import Integration as IntegrationModel
from composio.model.dump import Dumps
from composio.model.event_data import EventMetadata as Metadata
from composio.model.event_data import TriggerEventData
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import TriggerInstance
from composio.triggers.listening import TriggerListener as TriggerSubscription

__all__ = [
    "ALL_AUTH_SCHEMES",
    "AUTH_SCHEMES",
    "AUTH_SCHEME_WITH_INITIATE",
    "ActionModel",
    "ActionParametersModel",
    "ActionResponseModel",
    "Actions",
    "ActiveTriggerModel",
    "ActiveTriggers",
    "AppAuthScheme",
    "AppModel",
    "Apps",
    "AuthConnectionParamsModel",
    "AuthSchemeField",
    "AuthSchemeType",
    "ConnectedAccountModel",
    "ConnectedAccounts",
    "Connection",
    "ConnectionAuthParam",
    "ConnectionParams",
    "ConnectionRequestModel",
    "CustomAuthObject",
    "CustomAuthParameter",
    "ExpectedFieldInput",
    "IntegrationModel",
    "Integrations",
    "Metadata",
    "OpenAPISchema",
    "ParamPlacement",
    "SearchResultTask",
    "SuccessExecuteActionResponseModel",
    "TriggerConfigModel",
    "TriggerEventData",
    "TriggerModel",
    "TriggerPayloadModel",
    "TriggerSubscription",
    "Triggers",
]

ConnectedAccountModel = Connection
ConnectionAuthParam = CustomAuthParameter
ActionParametersModel = ActionResponseModel = TriggerConfigModel = TriggerPayloadModel = OpenAPISchema
ActiveTriggerModel = TriggerInstance
AuthSchemeType = AuthMode
ALL_AUTH_SCHEMES: tuple[str, ...] = get_args(AuthMode)
AUTH_SCHEMES = ALL_AUTH_SCHEMES
AUTH_SCHEME_WITH_INITIATE = tuple(mode for mode in ALL_AUTH_SCHEMES if mode != "NO_AUTH")


class SuccessExecuteActionResponseModel(Dumps, ToolResult):
    """A result built like v0.7's model. Its fields can be read as attributes."""

    successful: bool
    successfull: bool
    data: Any
    error: str | None

    def __init__(self, *, data: Any = None, error: str | None = None, **more: bool) -> None:
        said = {more.pop(name) for name in ("successful", "successfull") if name in more}
        if len(said) != 1 or more:
            raise TypeError("SuccessExecuteActionResponseModel takes successful, data and error.")
        super().__init__({"successful": said.pop(), "data": data, "error": error})

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(f"A result has no {name!r}; it has successful, data and error.")

    def listing(self) -> dict[str, Any]:
        """Return a plain dict."""
        return dict(self)


__getattr__, __dir__ = name_lookup(__name__)
