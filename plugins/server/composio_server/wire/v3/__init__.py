"""Composio's v3 and v3.1 API, for ``composio`` 0.30, ``composio_client`` and ``@composio/core``.

One module per noun: its bodies and responses, and the routes that translate them. Ids are ours (``int_...`` for an auth config,
``conn_...`` for a connected account); clients pass them on unchanged.
"""
