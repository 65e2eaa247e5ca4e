"""The scripted model: one module per wire format, one for the script, one that serves them."""
