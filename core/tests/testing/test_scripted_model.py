"""The scripted model speaks four wire formats and rejects what the providers reject."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.errors import InvalidRequest
from composio.testing import Calls, Fail, Say, ScriptedModel
from composio.testing.model.chat import function_problem

NAME = "GITHUB_GET_THE_AUTHENTICATED_USER"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"q": {"type": "string"}}}
SCRIPT = [Calls([{"name": NAME, "arguments": {"q": "ü"}}]), Say(lambda results: f"You are {results[-1]}.")]
USER = {"role": "user", "content": "Who am I?"}


def chat(**more: Any) -> dict[str, Any]:
    function = {"name": NAME, "description": "d", "parameters": SCHEMA}
    return {"model": "m", "messages": [USER], "tools": [{"type": "function", "function": function}], **more}


def post(url: str, body: Any) -> httpx.Response:
    return httpx.post(url, json=body, trust_env=False)


def events(response: httpx.Response) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def test_chat_asks_for_the_tool_and_then_answers_from_its_result() -> None:
    with ScriptedModel(SCRIPT) as model:
        url = f"{model.openai_url}/chat/completions"
        message = post(url, chat()).json()["choices"][0]["message"]
        call = message["tool_calls"][0]
        assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == (NAME, {"q": "ü"})
        answered = {"role": "tool", "tool_call_id": call["id"], "content": "octocat"}
        final = post(url, chat(messages=[USER, message, answered])).json()
        assert final["choices"][0]["message"]["content"] == "You are octocat."
        assert model.results_seen() == ["octocat"]
        assert model.tools_seen() == [{"name": NAME, "description": "d", "parameters": SCHEMA}]


def test_a_chat_stream_carries_the_same_call_in_pieces() -> None:
    with ScriptedModel(SCRIPT) as model:
        response = post(f"{model.openai_url}/chat/completions", chat(stream=True, stream_options={"include_usage": True}))
        deltas = [c["choices"][0]["delta"] for c in events(response) if c["choices"]]
        pieces = [d["tool_calls"][0]["function"]["arguments"] for d in deltas if d.get("tool_calls")]
        assert len(pieces) > 2
        assert json.loads("".join(pieces)) == {"q": "ü"}
        assert response.text.endswith("data: [DONE]\n\n")
        assert events(response)[-1]["usage"]


def test_responses_pairs_outputs_by_call_id_and_follows_previous_responses() -> None:
    with ScriptedModel(SCRIPT) as model:
        url = f"{model.openai_url}/responses"
        tool = {"type": "function", "name": NAME, "parameters": SCHEMA, "strict": False}
        first = post(url, {"model": "m", "input": "Who am I?", "tools": [tool]}).json()
        output = {"type": "function_call_output", "call_id": first["output"][0]["call_id"], "output": "octocat"}
        whole = {"model": "m", "tools": [tool], "input": [USER, *first["output"], output]}
        assert post(url, whole).json()["output"][0]["content"][0]["text"] == "You are octocat."
        short = {"model": "m", "tools": [tool], "input": [output], "previous_response_id": first["id"]}
        assert post(url, short).json()["output"][0]["content"][0]["text"] == "You are octocat."
        streamed = events(post(url, {**whole, "stream": True}))
        assert [e["sequence_number"] for e in streamed] == list(range(len(streamed)))
        assert streamed[-1]["type"] == "response.completed"


def test_anthropic_and_gemini_tell_the_same_story() -> None:
    with ScriptedModel(SCRIPT) as model:
        tool = {"name": NAME, "input_schema": SCHEMA}
        body = {"model": "m", "max_tokens": 9, "messages": [USER], "tools": [tool]}
        first = post(f"{model.url}/v1/messages", body).json()
        use = first["content"][0]
        assert (first["stop_reason"], use["input"]) == ("tool_use", {"q": "ü"})
        block = {"type": "tool_result", "tool_use_id": use["id"], "content": [{"type": "text", "text": "octocat"}]}
        body["messages"] = [USER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [block]}]
        assert post(f"{model.url}/v1/messages", body).json()["content"][0]["text"] == "You are octocat."

        url = f"{model.url}/v1beta/models/m:generateContent"
        asked = {"role": "user", "parts": [{"text": "Who am I?"}]}
        declared = [{"functionDeclarations": [{"name": NAME, "parametersJsonSchema": SCHEMA}]}]
        turn = post(url, {"contents": [asked], "tools": declared}).json()["candidates"][0]["content"]
        assert turn["parts"][0]["functionCall"]["args"] == {"q": "ü"}
        answer = {"role": "user", "parts": [{"functionResponse": {"name": NAME, "response": {"login": "octocat"}}}]}
        final = post(url, {"contents": [asked, turn, answer], "tools": declared}).json()
        assert final["candidates"][0]["content"]["parts"][0]["text"] == 'You are {"login": "octocat"}.'


@pytest.mark.parametrize(
    ("tool", "part"),
    [
        ({"name": "no spaces", "parameters": SCHEMA}, "does not match"),
        ({"name": "x" * 65, "parameters": SCHEMA}, "does not match"),
        ({"name": "x", "description": "d" * 1025, "parameters": SCHEMA}, "1025 characters"),
        ({"name": "x", "parameters": {"type": "string"}}, "type 'object'"),
        ({"name": "x", "parameters": {"type": "object", "properties": {"a": {"type": "array"}}}}, "items"),
        ({"name": "x", "parameters": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}}, "points nowhere"),
        ({"name": "x", "parameters": SCHEMA, "strict": True}, "additionalProperties"),
    ],
)
def test_openai_rejects_definitions_it_can_not_take(tool: dict[str, Any], part: str) -> None:
    with ScriptedModel(SCRIPT) as model:
        response = post(f"{model.openai_url}/chat/completions", chat(tools=[{"type": "function", "function": tool}]))
        assert response.status_code == 400
        assert part in response.json()["error"]["message"]
        assert part in model.problems[0]


def test_an_unanswered_call_is_rejected_by_every_provider() -> None:
    with ScriptedModel(SCRIPT) as model:
        call = {"id": "c1", "type": "function", "function": {"name": NAME, "arguments": "{}"}}
        messages = [USER, {"role": "assistant", "tool_calls": [call]}, USER]
        assert "c1" in post(f"{model.openai_url}/chat/completions", chat(messages=messages)).json()["error"]["message"]
        items = [USER, {"type": "function_call", "call_id": "c1", "name": NAME, "arguments": "{}"}]
        assert "c1" in post(f"{model.openai_url}/responses", {"model": "m", "input": items}).json()["error"]["message"]
        use = {"type": "tool_use", "id": "c1", "name": NAME, "input": {}}
        body = {"model": "m", "max_tokens": 1, "messages": [USER, {"role": "assistant", "content": [use]}, USER]}
        assert "c1" in post(f"{model.url}/v1/messages", body).json()["error"]["message"]
        turn = {"role": "model", "parts": [{"functionCall": {"name": NAME, "args": {}}}]}
        gemini = post(f"{model.url}/v1beta/models/m:generateContent", {"contents": [turn, {"role": "user", "parts": [{}]}]})
        assert gemini.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_anthropic_rejects_one_key_outside_its_pattern_at_any_depth() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "object", "properties": {"$top": {"type": "string"}}}}}
    with ScriptedModel(SCRIPT) as model:
        body = {"model": "m", "max_tokens": 1, "messages": [USER], "tools": [{"name": "x", "input_schema": schema}]}
        assert "'$top'" in post(f"{model.url}/v1/messages", body).json()["error"]["message"]


def test_gemini_rejects_json_schema_in_its_own_schema_field() -> None:
    declared = [{"functionDeclarations": [{"name": "x", "parameters": {"type": "object", "additionalProperties": False}}]}]
    with ScriptedModel(SCRIPT) as model:
        body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "tools": declared}
        response = post(f"{model.url}/v1beta/models/m:generateContent", body)
        assert "additionalProperties" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("offered", "called"),
    [
        ([NAME.lower()], NAME.lower()),
        ([f"composio-{NAME}", "composio-OTHER"], f"composio-{NAME}"),
        ([f"mcp__composio__{NAME}"], f"mcp__composio__{NAME}"),
        ([NAME, f"composio-{NAME}"], NAME),
        ([f"a-{NAME}", f"b-{NAME}"], NAME),
        ([f"MY_{NAME}"], NAME),
    ],
)
def test_a_call_goes_out_under_the_name_that_the_framework_made_of_it(offered: list[str], called: str) -> None:
    tools = [{"type": "function", "function": {"name": name, "description": "d", "parameters": SCHEMA}} for name in offered]
    with ScriptedModel(SCRIPT) as model:
        message = post(f"{model.openai_url}/chat/completions", chat(tools=tools)).json()["choices"][0]["message"]
    assert message["tool_calls"][0]["function"]["name"] == called


def test_arguments_go_out_malformed_where_the_format_can_carry_them() -> None:
    with ScriptedModel([Calls([{"name": NAME, "arguments": '{"q": '}]), Say("done")]) as model:
        message = post(f"{model.openai_url}/chat/completions", chat()).json()["choices"][0]["message"]
        assert message["tool_calls"][0]["function"]["arguments"] == '{"q": '
        body = {
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
            "tools": [{"functionDeclarations": [{"name": NAME}]}],
        }
        assert post(f"{model.url}/v1beta/models/m:generateContent", body).status_code == 500


def test_a_passing_failure_gives_way_and_a_lasting_one_stays() -> None:
    with ScriptedModel([Fail(429, times=1, headers={"retry-after": "0"}), Say("hi")]) as model:
        url = f"{model.openai_url}/chat/completions"
        assert [post(url, chat()).status_code for _ in range(3)] == [429, 200, 200]
    with ScriptedModel([Fail(503, {"error": "down"})]) as model:
        assert post(f"{model.openai_url}/chat/completions", chat()).json() == {"error": "down"}


def test_a_request_without_tools_and_one_past_the_end_get_the_last_text() -> None:
    with ScriptedModel([*SCRIPT[:1], Say("bye")]) as model:
        url = f"{model.openai_url}/chat/completions"
        assert post(url, chat(tools=None)).json()["choices"][0]["message"]["content"] == "bye"
        call = {"id": "c", "type": "function", "function": {"name": NAME, "arguments": "{}"}}
        turn = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "c", "content": "r"}]
        body = chat(messages=[USER, *turn, *turn, *turn])
        assert post(url, body).json()["choices"][0]["message"]["content"] == "bye"
        again = post(url, chat(messages=[USER, *turn, USER])).json()
        assert again["choices"][0]["message"]["tool_calls"], "a new user text starts the script over"


def test_conversations_at_the_same_time_do_not_disturb_each_other() -> None:
    async def talk(client: httpx.AsyncClient, url: str, number: int) -> str:
        message = (await client.post(url, json=chat())).json()["choices"][0]["message"]
        result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": str(number)}
        final = await client.post(url, json=chat(messages=[USER, message, result]))
        return str(final.json()["choices"][0]["message"]["content"])

    async def all_of_them(url: str) -> list[str]:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await asyncio.gather(*(talk(client, url, n) for n in range(20)))

    with ScriptedModel(SCRIPT) as model:
        said = asyncio.run(all_of_them(f"{model.openai_url}/chat/completions"))
    assert said == [f"You are {n}." for n in range(20)]


def test_what_is_no_request_is_answered_with_a_reason() -> None:
    with ScriptedModel(SCRIPT) as model:
        assert post(f"{model.url}/v1/nowhere", {}).status_code == 404
        assert httpx.post(f"{model.openai_url}/chat/completions", content=b"[", trust_env=False).status_code == 400
        assert httpx.get(f"{model.openai_url}/models", trust_env=False).json()["data"]


@pytest.mark.parametrize("script", [[], [{"nothing": 1}], ["text"]])
def test_a_script_that_says_nothing_is_refused(script: Any) -> None:
    with pytest.raises(InvalidRequest, match="step"):
        ScriptedModel(script)


def test_the_command_serves_a_script_file(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    file.write_text(json.dumps([{"calls": [{"name": NAME}]}, {"say": "hi"}]))
    command = [sys.executable, "-m", "composio.testing.model", "--script", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("OpenAI: ").strip()
        assert post(f"{url}/chat/completions", chat()).json()["choices"][0]["message"]["tool_calls"]
        process.terminate()
    missing = subprocess.run([*command[:-1], str(tmp_path / "none.json")], capture_output=True, text=True)
    assert (missing.returncode, "none.json" in missing.stderr) == (2, True)


def test_a_property_named_properties_is_no_schema_keyword() -> None:
    closed = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": False}
    named = {"type": "object", "properties": {"properties": closed}, "required": ["properties"], "additionalProperties": False}
    open_inside = {**named, "properties": {"properties": {**closed, "required": []}}}
    assert function_problem({"name": "x", "parameters": named, "strict": True}, "t") is None
    assert "every property" in str(function_problem({"name": "x", "parameters": open_inside, "strict": True}, "t"))
