"""What the package exports, and how it registers.

Once ``[tool.composio] framework`` is named, put ``composio.testing.PluginContract`` in the place of these: it pins the exports,
the lazy import of the framework and what is said where the framework is missing or was not tested.
"""

from __future__ import annotations

import @module@
from composio.plugin import Framework
from @module@ import _plugin


def test_every_exported_name_loads() -> None:
    assert sorted(@module@.__all__) == sorted(dir(@module@))
    assert all(getattr(@module@, name) is not None for name in @module@.__all__)


def test_the_plugin_registers_its_framework() -> None:
    registered: list[Framework] = []
    _plugin.register_frameworks(registered.append)
    (framework,) = registered
    assert (framework.name, framework.toolset) == ("@name@", "@module@:ComposioToolSet")
