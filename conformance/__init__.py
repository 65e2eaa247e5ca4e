"""Is every real description read right, and every request of it accepted? ``nox -s conformance``; see :mod:`conformance.__main__`.

A part is a module here whose name does not begin with an underscore. It has ``run(options: Options) -> Report`` and says in the
first line of its docstring what it asks.
"""
