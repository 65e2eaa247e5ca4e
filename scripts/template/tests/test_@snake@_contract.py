"""The contract suite: what every Composio plugin must get right.

As generated, tools are plain dicts, which :class:`NeutralDriver` knows how to use. Once they are the framework's own, drop it
and write the driver's five methods here, with the framework's own client and loop; ``composio.testing.contract`` lists them, and
``composio.testing.contract.runner`` has them for frameworks whose agent is made of a model and tools.
"""

from __future__ import annotations

from composio.testing import AdapterContract
from composio.testing.contract.neutral import NeutralDriver
from @module@ import ComposioToolSet


class Test@class@(NeutralDriver, AdapterContract):
    toolset_class = ComposioToolSet
