"""Every option of then, and the errors that programs caught."""

from composio import App, ComposioToolSet, LogLevel, Shell, WorkspaceType
from composio.exceptions import ApiKeyNotProvidedError, ComposioSDKError, EnumStringNotFound
from composio.utils.logging import get_logger

logger = get_logger(__name__)
try:
    toolset = ComposioToolSet(
        entity_id="default",
        workspace_config=WorkspaceType.Docker(image="composio/composio", persistent=True),
        metadata={App.GITHUB: {"note": "mine"}},
        logging_level=LogLevel.INFO,
        verbosity_level=1,
        allow_tracing=True,
        max_retries=2,
        lock=False,
    )
    print(toolset.api_key)
except ApiKeyNotProvidedError:
    print("not reached")
try:
    toolset.execute_action("GITHUB_NO_SUCH_ACTION", {})
except EnumStringNotFound as error:
    print("unknown:", "GITHUB_NO_SUCH_ACTION" in error.message)
for use in (lambda: Shell(), lambda: toolset.workspace):
    try:
        use()
    except ComposioSDKError as error:
        print(error.message.split(":")[0])
