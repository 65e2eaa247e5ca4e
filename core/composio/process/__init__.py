"""What a process has once: its folder, its locks and forks, its event loop, its certificates."""
