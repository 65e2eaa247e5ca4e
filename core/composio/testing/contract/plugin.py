"""The suite that every framework plugin's package passes, before and around its tools.

::

    class TestPackage(PluginContract):
        package = "composio_langchain"
        framework_modules = ("langchain_core",)
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import textwrap
import warnings
from functools import cache
from importlib import metadata
from typing import Any, ClassVar

import pytest

from composio import exports
from composio.errors import PluginError, UntestedFrameworkWarning
from composio.plugin.frameworks import framework_of
from composio.plugin.spec import Framework

__all__ = ["PluginContract"]

_EXPORTS = (*exports.__all__, "ComposioToolSet")
_UNTESTED = ("0.0.1", "999.0")
# What goes wrong and what is warned of where two toolsets make their first tools.
_FIRST_TOOLS = """\
import warnings
from {package} import ComposioToolSet
caught = dict(error=None, message=None)
with warnings.catch_warnings(record=True) as shown:
    warnings.simplefilter("always")
    try:
        for _ in range(2):
            ComposioToolSet()._adapter
    except Exception as raised:
        caught.update(error=type(raised).__name__, message=str(raised))
caught["warnings"] = [(warning.category.__name__, str(warning.message)) for warning in shown]
"""


class PluginContract:
    """``package`` is the import name, ``framework_modules`` the top-level modules that must wait until a tool is made.

    ``alias`` is the package's former import name, ``exports`` what it exports beyond what every plugin does. ``plain`` says that
    the tools are plain dicts, for which no framework has to be there.
    """

    package: ClassVar[str]
    framework_modules: ClassVar[tuple[str, ...]]
    alias: ClassVar[str | None] = None
    exports: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[bool] = False

    @property
    def framework(self) -> Framework:
        """What the plugin registers."""
        found = framework_of(self.package)
        assert found is not None, f"{self.package}._plugin registers no framework whose toolset is {self.package}'s"
        return found

    def test_exports_are_pinned_and_load(self) -> None:
        package = importlib.import_module(self.package)
        assert sorted(package.__all__) == sorted((*_EXPORTS, *self.exports)) == sorted(dir(package))
        assert all(getattr(package, name) is not None for name in package.__all__)
        with pytest.raises(AttributeError, match="NoSuchName"):
            _ = package.NoSuchName

    def test_the_toolset_has_v0_7s_path(self) -> None:
        for name in filter(None, (self.package, self.alias)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the alias says the new name
                module = importlib.import_module(f"{name}.toolset")
            assert issubclass(module.ComposioToolSet, importlib.import_module(self.package).ComposioToolSet)

    def test_importing_waits_for_the_first_tool_with_the_framework(self) -> None:
        loaded = run(f"""
            import sys
            from {self.package} import Action, ComposioToolSet
            import {self.package}._plugin
            ComposioToolSet()
            print([name for name in {self.framework_modules!r} if name in sys.modules])
            """)
        assert loaded == "[]"

    def test_the_framework_is_registered_with_the_versions_that_the_project_states(self) -> None:
        framework = self.framework
        assert framework.toolset == f"{self.package}:ComposioToolSet"
        assert framework.package
        assert ">=" in framework.requires
        assert "<" in framework.requires.replace("<=", "<"), "a framework's next major version was never tested"
        named = [point for point in metadata.entry_points(group="composio") if point.value == f"{self.package}._plugin"]
        assert [point.name for point in named] == [framework.name]

    def test_the_former_name_works_and_says_the_new_one_once(self) -> None:
        if self.alias is None:
            pytest.skip("the package never had another name")
        said = run(f"""
            import warnings, {self.package} as new
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                from {self.alias} import Action, ComposioToolSet
                import {self.alias} as old
            assert issubclass(ComposioToolSet, new.ComposioToolSet) and dir(old) == dir(new) and old.__all__ == new.__all__
            (warning,) = caught
            print(warning.category.__name__, warning.filename, warning.message)
            """)
        assert said == f"DeprecationWarning <string> {self.alias} is {self.package} now; import that."

    def test_a_missing_framework_is_one_line_that_says_what_to_install(self) -> None:
        said = run(f"""
            import json, sys
            for name in {self.framework_modules!r}:
                sys.modules[name] = None
            {textwrap.indent(_FIRST_TOOLS.format(package=self.package), " " * 12).strip()}
            print(json.dumps(caught))
            """)
        caught = json.loads(said.splitlines()[-1])
        if self.plain:
            assert caught["error"] is None, caught
            return
        assert caught["error"] == PluginError.__name__, caught
        assert "\n" not in caught["message"]
        assert f"pip install '{self.framework.package}{self.framework.requires}'" in caught["message"]

    @pytest.mark.parametrize("version", _UNTESTED)
    def test_an_untested_version_is_said_once_and_used(self, version: str) -> None:
        caught = _make_tools(self.package, self.framework.package)[version]
        assert caught["error"] is None, caught
        (said,) = [text for kind, text in caught["warnings"] if kind == UntestedFrameworkWarning.__name__]
        assert f"{self.framework.package}{self.framework.requires}" in said
        assert f"not with {version}" in said

    def test_a_tested_version_is_not_warned_of(self) -> None:
        caught = _make_tools(self.package, self.framework.package)[""]
        assert caught["error"] is None, caught
        assert not [text for kind, text in caught["warnings"] if kind == UntestedFrameworkWarning.__name__]


@cache
def _make_tools(package: str, distribution: str) -> dict[str, dict[str, Any]]:
    """What goes wrong and what is warned of where two toolsets make their first tools, by the version that is installed.

    "" is the one that is. All in one interpreter, as a framework may take many seconds to import; ``composio`` and the plugin are
    imported anew for each version, and know nothing of the one before.
    """
    made: dict[str, dict[str, Any]] = json.loads(
        run(f"""
            import json, sys
            from importlib import metadata
            known = metadata.version
            made = {{}}
            for version in {("", *_UNTESTED)!r}:
                metadata.version = lambda name: version if version and name == {distribution!r} else known(name)
                for name in [name for name in sys.modules if name.startswith("composio")]:
                    del sys.modules[name]
                {textwrap.indent(_FIRST_TOOLS.format(package=package), " " * 16).strip()}
                made[version] = caught
            print(json.dumps(made))
            """).splitlines()[-1]
    )
    return made


def run(code: str) -> str:
    """What a new interpreter prints for ``code``."""
    done = subprocess.run(  # noqa: S603 - this interpreter, and code that stands above
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
