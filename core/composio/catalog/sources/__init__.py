"""Where app definitions and API descriptions come from, and how their files are read."""
