"""Composio as a server: projects, their keys, and the published wire protocols over one set of services.

``composio serve`` starts it; :func:`composio_server.app.create_app` creates the ASGI application for your own server.
"""
