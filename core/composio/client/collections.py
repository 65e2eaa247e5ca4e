"""v0.7's home of its models, as the classes that mean the same here."""

from __future__ import annotations

from composio.client.connected_accounts import ConnectedAccounts
from composio.client.definitions import Actions, Apps
from composio.client.integrations import Integrations
from composio.client.request import ConnectionRequest as ConnectionRequestModel
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.app import AuthField as AuthSchemeField
from composio.model.app import AuthScheme as AppAuthScheme
from composio.model.auth import CustomAuth as CustomAuthObject
from composio.model.auth import CustomAuthParameter, ParamPlacement
from composio.model.connection import Connection as ConnectedAccountModel
from composio.model.connection import Integration as IntegrationModel

__all__ = [
    "ActionModel",
    "Actions",
    "AppAuthScheme",
    "AppModel",
    "Apps",
    "AuthSchemeField",
    "ConnectedAccountModel",
    "ConnectedAccounts",
    "ConnectionRequestModel",
    "CustomAuthObject",
    "CustomAuthParameter",
    "IntegrationModel",
    "Integrations",
    "ParamPlacement",
]
