"""The wire: one package per protocol, each a thin translation of requests into calls of services and back."""
