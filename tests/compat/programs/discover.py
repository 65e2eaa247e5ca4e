"""Looks through apps and actions, and prints what there is."""

import json

from composio import Action, App, ComposioToolSet, Tag

toolset = ComposioToolSet()
names = list(App.HACKERNEWS.get_actions())
print(Action.HACKERNEWS_GET_USER in names, Action.HACKERNEWS_GET_USER.app, Action.HACKERNEWS_GET_USER.no_auth)
(schema,) = toolset.get_action_schemas(actions=[Action.HACKERNEWS_GET_USER], check_connected_accounts=False)
shown = json.loads(schema.model_dump_json(exclude_none=True))
print(shown["appName"], shown["enabled"], sorted(shown["parameters"]["properties"]))
print(toolset.client.actions.get(action="HACKERNEWS_GET_USER").name, Tag.IMPORTANT.value)
print(toolset.find_actions_by_use_case(App.HACKERNEWS, use_case="get a user")[0])
print(toolset.get_agent_instructions(actions=[Action.HACKERNEWS_GET_USER]).splitlines()[1])
