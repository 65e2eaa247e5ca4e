"""Search: find the actions for a task in words.

The index is created when an app is compiled and read on demand: BM25F over the fields of an action, vectors if a model is
installed and actions have them, then the operations that find the ids which the best ones need.
"""

from composio.catalog.search.index import TABLES, Index, move, remove
from composio.catalog.search.searcher import Hit, Searcher, check

__all__ = ["TABLES", "Hit", "Index", "Searcher", "check", "move", "remove"]
