"""Local tools: files, a shell, Python code and SQLite, each confined to the folder that you name.

::

    from composio import ComposioToolSet
    from composio_localtools import LocalTools

    toolset = ComposioToolSet(local_tools=LocalTools(folder="work", shell=True))
    tools = toolset.get_tools(apps=["filetool", "shelltool"])

Without ``local_tools`` every one of these tools answers with what to do. The names and arguments are v0.7's.
"""

from composio_localtools.settings import LocalTools

__all__ = ["LocalTools"]
