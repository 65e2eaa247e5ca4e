"""Integrations, entities, connections and the vault that keeps their secrets."""
