"""Trigger instances, subscriptions, events and deliveries in the database: their tables, and queries by noun.

Every function takes the :class:`~composio.store.projects.Partition` that it is about: a project's, or the operator's, which has
the rows of all projects. All of them block.
"""
