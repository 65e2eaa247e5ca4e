"""Gmail."""
