"""Several users: each has its own connections, and calls with nobody else's."""

from composio import Action, App, Composio

composio_client = Composio()
for user, token in (("ada", "ghp_ada"), ("bob", "ghp_bob")):
    composio_client.get_entity(id=user).initiate_connection(
        App.GITHUB, auth_mode="BEARER_TOKEN", connected_account_params={"token": token}
    )
accounts = composio_client.connected_accounts.get(entity_ids=["ada", "bob"], active=True)
print(sorted(account.entityId for account in accounts))
for user in ("ada", "bob"):
    entity = composio_client.get_entity(user)
    print(len(entity.get_connections()), entity.execute(Action.GITHUB_GET_THE_AUTHENTICATED_USER, {})["successful"])
