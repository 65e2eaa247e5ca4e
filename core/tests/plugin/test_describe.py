"""Which plugin brings which framework, and whether its installed version was tested."""

from __future__ import annotations

from importlib import metadata

from composio.plugin import Framework
from composio.plugin.describe import describe_plugins
from composio.plugin.spec import Loaded


def test_a_framework_belongs_to_the_plugin_that_brings_its_toolset() -> None:
    version = metadata.version("pytest")
    rows = describe_plugins(
        [
            Loaded("good", "opencomposio-good", "1.0", "composio_good._plugin"),
            Loaded("old", "opencomposio-old", "1.0", "composio_old._plugin"),
            Loaded("absent", "opencomposio-absent", "1.0", "composio_absent._plugin"),
            Loaded("apps", "opencomposio-apps", "2.0", "composio_apps._plugin"),
            Loaded("broken", "opencomposio-broken", "0.1", "composio_broken:x", error="ImportError: no such thing"),
        ],
        [
            Framework("good", "composio_good:ComposioToolSet", "pytest", ">=1"),
            Framework("old", "composio_old:ComposioToolSet", "pytest", "<1"),
            Framework("absent", "composio_absent:ComposioToolSet", "no-such-distribution-here", ">=1"),
        ],
    )
    assert [(r["name"], r["framework"], r["framework_version"], r["in_tested_range"], r["error"]) for r in rows] == [
        ("good", "good", version, True, None),
        ("old", "old", version, False, None),
        ("absent", "absent", None, None, None),
        ("apps", None, None, None, None),
        ("broken", None, None, None, "ImportError: no such thing"),
    ]


def test_a_range_that_cant_be_read_is_no_answer() -> None:
    framework = Framework("odd", "composio_odd:ComposioToolSet", "pytest", "whatever")
    assert describe_plugins([Loaded("odd", "d", "1", "composio_odd._plugin")], [framework])[0]["in_tested_range"] is None
