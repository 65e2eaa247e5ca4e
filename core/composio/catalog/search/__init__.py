"""Search: a task in words in, the actions that do it out.

The index is made when an app is compiled and read as a question needs it: BM25F over the fields of an action, then the operations
that find the ids which the best ones need.
"""

from composio.catalog.search.index import TABLES, Index, move, remove
from composio.catalog.search.searcher import Searcher, check

__all__ = ["TABLES", "Index", "Searcher", "check", "move", "remove"]
