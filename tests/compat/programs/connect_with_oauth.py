"""Makes an integration with a client of one's own and sends the user to the provider."""

from composio import App, ComposioToolSet
from composio.client import Composio
from composio.client.collections import AUTH_SCHEME_WITH_INITIATE

client = Composio(api_key="any")
toolset = ComposioToolSet(api_key="any")
app = toolset.get_app(app=App.GITHUB)
print(app.appId, "OAUTH2" in AUTH_SCHEME_WITH_INITIATE)
integration = client.integrations.create(
    app_id=app.appId,
    name="our github",
    auth_mode="OAUTH2",
    auth_config={"client_id": "our-client", "client_secret": "our-secret"},
    use_composio_auth=False,
)
print(integration.authScheme, integration.appName, integration.expectedInputFields)
entity = client.get_entity("user-123")
request = entity.initiate_connection(app_name=App.GITHUB, integration=integration, redirect_url="https://app.example/welcome")
print(request.connectionStatus, request.redirectUrl.startswith("https://github.com/login/oauth/authorize?"))
print([one.name for one in client.integrations.get() if one.id == integration.id])
client.close()
