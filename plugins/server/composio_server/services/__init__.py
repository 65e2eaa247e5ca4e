"""The server's services beyond a backend: projects, their keys, and one backend per project."""
