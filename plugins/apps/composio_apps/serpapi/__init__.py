"""SerpApi."""
