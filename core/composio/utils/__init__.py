"""What helps with services that keep users' tokens elsewhere."""
