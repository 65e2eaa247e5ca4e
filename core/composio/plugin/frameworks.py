"""Check installed frameworks: their version, whether it was tested, and conflicts in the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module, metadata

from composio.plugin.spec import Framework, hookimpl
from composio.plugin.versions import read_versions

__all__ = ["conflicts", "find_version", "framework_of", "in_range", "registers"]


def registers(name: str, package: str = "") -> Callable[[Callable[[Framework], None]], None]:
    """Build the hook ``register_frameworks`` of a plugin that follows our naming.

    ``name`` is the framework's, so that the plugin is the distribution ``opencomposio-NAME`` with the module ``composio_NAME``;
    ``package`` is the framework's own distribution, whose tested versions the plugin's ``pyproject.toml`` states.
    """

    @hookimpl
    def register_frameworks(register: Callable[[Framework], None]) -> None:
        toolset = f"composio_{name.replace('-', '_')}:ComposioToolSet"
        requires = read_versions(f"opencomposio-{name}", package) if package else ""
        register(Framework(name, toolset, package, requires))

    return register_frameworks


def framework_of(package: str) -> Framework | None:
    """Return the registration of the plugin ``package`` without loading other plugins; None if it is not one."""
    found: list[Framework] = []
    try:
        import_module(f"{package}._plugin").register_frameworks(found.append)
    except (ImportError, AttributeError):
        return None
    return next((framework for framework in found if framework.toolset.partition(":")[0] == package), None)


def find_version(package: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def in_range(version: str | None, requires: str) -> bool | None:
    """Return whether ``version`` was tested; None if unknown: not installed, or no range stated."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if version is None or not requires:
        return None
    try:
        return SpecifierSet(requires).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return None


def conflicts(package: str) -> list[str]:
    """List the unmet requirements of ``package`` and its dependencies, one line each.

    Two frameworks may work alone but not together: installing the second replaced a dependency of the first.
    """
    return list(dict.fromkeys(_unmet(package)))


def _unmet(package: str) -> Iterator[str]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    waiting: list[tuple[str, frozenset[str]]] = [(package, frozenset())]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        try:
            stated = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for text in stated:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            marker = requirement.marker
            if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
                continue
            version = find_version(requirement.name)
            if version is None:
                yield f"{name} needs {requirement.name}{requirement.specifier}, which is not installed"
            elif not requirement.specifier.contains(version, prereleases=True):
                yield f"{name} needs {requirement.name}{requirement.specifier}, installed is {version}"
            reached = (canonicalize_name(requirement.name), frozenset(requirement.extras))
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
