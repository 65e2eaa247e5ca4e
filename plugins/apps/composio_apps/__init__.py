"""Apps for Composio: one folder each, with an ``integration.yaml`` and, where useful, a few actions of our own."""
