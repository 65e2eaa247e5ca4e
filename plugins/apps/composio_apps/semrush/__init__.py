"""Semrush."""
