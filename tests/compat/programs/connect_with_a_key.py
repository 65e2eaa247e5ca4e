"""Connects a user with a token of the user's own, asks what it takes first, and calls as that user."""

from composio import App, ComposioToolSet
from composio.client.exceptions import NoItemsFound

toolset = ComposioToolSet(entity_id="joe")
entity = toolset.get_entity(id="joe")
try:
    entity.get_connection(app=App.GITHUB)
except NoItemsFound as missing:
    print("not connected:", missing.message.startswith("Entity 'joe' has no active connection"))
wanted = toolset.get_expected_params_for_user(App.GITHUB, "BEARER_TOKEN")
print([field.name for field in wanted["expected_params"]], wanted["auth_scheme"])
request = toolset.initiate_connection(
    integration_id=wanted["integration_id"], entity_id="joe", connected_account_params={"token": "ghp_of_joe"}
)
account = request.wait_until_active(client=toolset.client, timeout=5)
print(
    account.status,
    account.appUniqueId,
    account.clientUniqueUserId,
    account.model_dump()["integrationId"] == request.connection.integration_id,
)
done = toolset.execute_action("GITHUB_GET_THE_AUTHENTICATED_USER", {}, connected_account_id=account.id)
print(done["successful"])
print("Authorization" in [one["name"] for one in toolset.get_auth_params(app=App.GITHUB).parameters])
