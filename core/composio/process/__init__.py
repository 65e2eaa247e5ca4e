"""Resources of the process: its folder, locks and forks, event loop and certificates."""
