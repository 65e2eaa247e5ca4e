"""Doubles and contract suites, shipped for every plugin."""
