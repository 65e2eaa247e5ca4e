"""Asks for the time, then has a model put a meeting into the calendar."""

from openai import OpenAI

from composio_openai import Action, ComposioToolSet

toolset = ComposioToolSet()
now = toolset.execute_action(Action.GOOGLECALENDAR_GET_CURRENT_DATE_TIME, {"timezone": 2})
print(now["successful"], now["data"]["year"] > 2000)
tools = toolset.get_tools(actions=[Action.GOOGLECALENDAR_CREATE_EVENT, Action.GOOGLECALENDAR_FIND_EVENT])
client = OpenAI()
response = client.chat.completions.create(
    model="gpt-4o", tools=tools, messages=[{"role": "user", "content": "Lunch with Ada on Tuesday at one."}]
)
for done in toolset.handle_tool_calls(response):
    print(done["successful"], done["error"])
found = toolset.execute_action("GOOGLECALENDAR_FIND_EVENT", {"query": "Lunch", "time_min": "2026-12-01T00:00:00"})
print(isinstance(found["data"]["event_data"]["event_data"], list))
client.close()
