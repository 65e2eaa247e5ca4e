"""All tools of GitHub and Stripe: the time to list them, what is wrong with them, and the tokens of fifty of them.

Tokens are those of tiktoken's o200k_base, whose ranks come from the npm package tiktoken, as nothing may be downloaded from
elsewhere. A definition is its name, description and parameters as compact JSON. FastMCP's of the same operations beside ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import descriptions

from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from conformance._definitions import dialects_known, flaws

OPERATIONS = 50
Definitions = Mapping[str, Mapping[str, Any]]
_FACTS = ("type", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required")


def rows() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for name in ("github", "stripe"):
        path = descriptions.path_of(name)
        with tempfile.TemporaryDirectory() as home:
            backend = EmbeddedBackend(home=Path(home))
            backend.catalog.add("bench", str(path), base_url="https://api.bench.test")
            found.append(_quality(backend, name))
            backend.close()
            dump = descriptions.folder() / f"ours-{name}.json"
            ours = descriptions.in_process("child_list.py", home, "bench", dump)
        found.append(
            (f"list all tools of {name}: Composio", _describe_lists(ours), "<= 150 ms warm" if name == "github" else "")
        )
        beside = descriptions.folder() / f"fastmcp-{name}.json"
        try:
            peer = descriptions.in_peer("fastmcp", "child_fastmcp.py", path, beside)
        except descriptions.DoesNotFinish as error:
            found.append((f"list all tools of {name}: FastMCP", str(error), ""))
            continue
        found.append((f"list all tools of {name}: FastMCP", _describe_lists(peer), ""))
        if name == "github":
            found += _tokens(json.loads(dump.read_text()), json.loads(beside.read_text()))
    return found


def _describe_lists(run: Mapping[str, Any]) -> str:
    (first, first_cpu), *warm = run["listed"]
    wall, cpu = (1000 * statistics.median(one[i] for one in warm) for i in (0, 1))
    return f"{run['tools']}: warm {wall:.0f} ms ({cpu:.0f} of CPU), first {first * 1000:.0f} ms ({first_cpu * 1000:.0f})"


def _quality(backend: EmbeddedBackend, name: str) -> tuple[str, str, str]:
    actions = backend.run(lambda: backend.actions(ActionQuery(apps=["bench"], everything=True)))
    kinds = [kind for kind, _ in flaws(actions)]
    counts = ", ".join(f"{text} {kinds.count(kind)}" for kind, text in _KINDS.items())
    return f"{name}: {len(actions)} actions in {len(dialects_known())} dialects", counts, "0"


_KINDS = {"reference": "dangling", "size": "> 32 KB", "name": "names"}


def _tokens(ours: Definitions, theirs: Definitions) -> list[tuple[str, str, str]]:
    both = sorted(ours.keys() & theirs.keys(), key=lambda place: hashlib.sha256(place.encode()).digest())[:OPERATIONS]
    encoding = _encoding()

    def count(definitions: Definitions) -> int:
        texts = (json.dumps(definitions[place], ensure_ascii=False, separators=(",", ":")) for place in both)
        return sum(len(encoding.encode(text, disallowed_special=())) for text in texts)

    mine, other = count(ours), count(theirs)
    lost = sum(len(_find_lost(ours[place]["parameters"], theirs[place]["parameters"])) for place in both)
    return [
        (f"tokens of {len(both)} GitHub definitions", f"{mine}, {mine / other:.3f}x of FastMCP's {other}", "<= 0.60x"),
        ("facts of FastMCP's that ours lack", str(lost), "0"),
    ]


def _encoding() -> Any:
    import tiktoken

    value = json.loads(descriptions.path_of("o200k").read_text())
    ranks: dict[bytes, int] = {}
    for line in value["bpe_ranks"].splitlines():
        _, start, *tokens = line.split(" ")
        ranks |= {base64.b64decode(token): int(start) + index for index, token in enumerate(tokens)}
    return tiktoken.Encoding(
        "o200k_base", pat_str=value["pat_str"], mergeable_ranks=ranks, special_tokens=value["special_tokens"]
    )


def _find_lost(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Properties, and what is said of their values, that ``theirs`` has and ``ours`` has not."""
    mine = {path: dict(facts) for path, facts in _facts(ours, ours, (), 0)}
    lost = []
    for path, facts in _facts(theirs, theirs, (), 0):
        if path not in mine:
            lost.append("/".join(path))
        for keyword, value in facts:
            if path in mine and keyword not in ("type", "required") and mine[path].get(keyword) != value:
                lost.append(f"{'/'.join(path)}: {keyword}")
            if path in mine and keyword == "required" and set(value) - set(mine[path].get(keyword, ())):
                lost.append(f"{'/'.join(path)}: required")
    return lost


def _facts(
    root: Mapping[str, Any], node: Any, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], list[tuple[str, Any]]]]:
    while isinstance(node, Mapping) and isinstance(reference := node.get("$ref"), str):
        node = root.get("$defs", {}).get(reference.rpartition("/")[2])
    if not isinstance(node, Mapping) or depth > 4:
        return
    yield path, [(keyword, node[keyword]) for keyword in _FACTS if node.get(keyword) not in (None, [])]
    for name, child in (node.get("properties") or {}).items():
        yield from _facts(root, child, (*path, name), depth + 1)
    if isinstance(node.get("items"), Mapping):
        yield from _facts(root, node["items"], (*path, "[]"), depth + 1)
