"""The core's own plugins, registered through the same hooks as others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from composio.plugin.spec import Importer, hookimpl
from composio.schema.sdl import is_sdl

__all__ = ["register_auth_schemes", "register_importers"]


def _is_openapi_3(document: Any) -> bool:
    # 3.2 is a superset of 3.1; later versions are unknown, so they are not recognized. YAML reads 3.0 as a number.
    version = str(document.get("openapi", "")) if isinstance(document, Mapping) else ""
    return version.startswith(("3.0", "3.1", "3.2"))


def _is_swagger_2(document: Any) -> bool:
    # YAML reads an unquoted 2.0 as a number.
    return isinstance(document, Mapping) and str(document.get("swagger", "")) in {"2.0", "2"}


def _is_discovery(document: Any) -> bool:
    stated = document if isinstance(document, Mapping) else {}
    return stated.get("kind") == "discovery#restDescription" or ("discoveryVersion" in stated and "rootUrl" in stated)


def _is_graphql(document: Any) -> bool:
    if isinstance(document, str):
        return is_sdl(document)
    stated = document if isinstance(document, Mapping) else {}
    data = stated.get("data")
    return any(isinstance(one.get("__schema"), Mapping) for one in (stated, data if isinstance(data, Mapping) else {}))


def _is_mcp(document: Any) -> bool:
    return isinstance(document, Mapping) and document.get("format") == "mcp-tools"


@hookimpl
def register_importers(register: Callable[[Importer], None]) -> None:
    """OpenAPI 3.0, 3.1 and 3.2, Swagger 2, Google Discovery, GraphQL, and the tools of MCP servers."""
    rooms = "composio.catalog.importers"
    register(
        Importer(
            "openapi3",
            _is_openapi_3,
            f"{rooms}.openapi:load",
            title="OpenAPI 3.0 and 3.1",
            operations=f"{rooms}.openapi:operations",
        )
    )
    register(
        Importer(
            "swagger2",
            _is_swagger_2,
            f"{rooms}.swagger:load",
            title="Swagger 2.0",
            outline=f"{rooms}.swagger:outline",
            operations=f"{rooms}.swagger:operations",
        )
    )
    register(
        Importer(
            "discovery",
            _is_discovery,
            f"{rooms}.discovery:load",
            title="Google Discovery v1",
            outline=f"{rooms}.discovery:outline",
            operations=f"{rooms}.discovery:operations",
        )
    )
    register(
        Importer(
            "graphql",
            _is_graphql,
            f"{rooms}.graphql:load",
            title="GraphQL (SDL or an introspection result)",
            outline=f"{rooms}.graphql:outline",
            operations=f"{rooms}.graphql:operations",
            locates=False,
        )
    )
    register(Importer("mcp", _is_mcp, f"{rooms}.mcp:load", title="an MCP server's tools", outline=f"{rooms}.mcp:outline"))


@hookimpl
def register_auth_schemes(register: Callable[[str, str], None]) -> None:
    """The schemes of ``composio.auth``, one file each."""
    rooms = "composio.auth"
    register("API_KEY", f"{rooms}.api_key:sign")
    register("BEARER_TOKEN", f"{rooms}.bearer:sign")
    register("BASIC", f"{rooms}.basic:sign")
    register("NO_AUTH", f"{rooms}.no_auth:sign")
    register("OAUTH2", f"{rooms}.oauth2:scheme")
    register("OAUTH1", f"{rooms}.oauth1:scheme")
    register("BASIC_WITH_JWT", f"{rooms}.basic_with_jwt:scheme")
    register("GOOGLE_SERVICE_ACCOUNT", f"{rooms}.google_service_account:scheme")
    register("AWS_SIGV4", f"{rooms}.aws_sigv4:sign")
