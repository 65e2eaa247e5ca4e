"""Actions of FILETOOL."""
