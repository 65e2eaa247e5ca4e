"""Apps for Composio: one folder each, with an ``integration.yaml`` and where worth it a few actions of our own."""
