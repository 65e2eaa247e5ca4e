"""Integrations, entities and connections."""
