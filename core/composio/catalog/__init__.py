"""API descriptions, compiled once into one SQLite file and then only read."""
