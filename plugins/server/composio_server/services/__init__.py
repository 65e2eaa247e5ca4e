"""What the server does besides what every backend does: projects, their keys, and one backend for each project."""
