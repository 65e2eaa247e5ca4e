"""API descriptions compiled once into one SQLite file, then only read."""
