"""v0.7's home of its models, as the classes that mean the same here."""

from __future__ import annotations

from typing import get_args

from composio.client.connected_accounts import ConnectedAccounts
from composio.client.definitions import Actions, Apps
from composio.client.integrations import Integrations
from composio.client.params import ConnectionParams, ExpectedFieldInput
from composio.client.request import ConnectionRequest as ConnectionRequestModel
from composio.model.action import ActionModel
from composio.model.app import AppModel, AuthMode
from composio.model.app import AuthField as AuthSchemeField
from composio.model.app import AuthScheme as AppAuthScheme
from composio.model.auth import CustomAuth as CustomAuthObject
from composio.model.auth import CustomAuthParameter, ParamPlacement
from composio.model.connection import Connection as ConnectedAccountModel
from composio.model.connection import Integration as IntegrationModel

__all__ = [
    "AUTH_SCHEMES",
    "ActionModel",
    "Actions",
    "AppAuthScheme",
    "AppModel",
    "Apps",
    "AuthSchemeField",
    "AuthSchemeType",
    "ConnectedAccountModel",
    "ConnectedAccounts",
    "ConnectionParams",
    "ConnectionRequestModel",
    "CustomAuthObject",
    "CustomAuthParameter",
    "ExpectedFieldInput",
    "IntegrationModel",
    "Integrations",
    "ParamPlacement",
]

AuthSchemeType = AuthMode
AUTH_SCHEMES: tuple[str, ...] = get_args(AuthMode)
