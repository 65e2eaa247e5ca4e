"""The wire protocols: one package each, a thin translation of requests into service calls."""
