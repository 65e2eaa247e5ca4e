"""The tool directory and the documentation as a static site: ``nox -s docs``."""
