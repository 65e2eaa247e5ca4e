"""Pure functions over JSON Schema: names, shaping for a model, repair, validation."""
