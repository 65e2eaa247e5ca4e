"""Python functions as tools: described from their signature, found by name, called with checked arguments."""
