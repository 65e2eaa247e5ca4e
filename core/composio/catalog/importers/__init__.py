"""Readers of API descriptions, one kind per module."""
