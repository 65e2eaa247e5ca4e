"""Search: a task in words in, the actions that do it out.

The index is made when an app is compiled and read as a question needs it: BM25F over the fields of an action, what models say where
some are installed and actions have vectors, then the operations that find the ids which the best ones need.
"""

from composio.catalog.search.index import TABLES, Index, move, remove
from composio.catalog.search.searcher import Hit, Searcher, check

__all__ = ["TABLES", "Hit", "Index", "Searcher", "check", "move", "remove"]
