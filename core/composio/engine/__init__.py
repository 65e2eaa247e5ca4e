"""The call path, one module per step."""
