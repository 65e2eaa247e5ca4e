"""The wire protocol of v0.7's clients: API v1 and v2 under ``/api``.

Each module has the routes of one noun; :mod:`.shapes` has their responses.
"""
