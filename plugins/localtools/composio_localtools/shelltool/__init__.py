"""Actions of SHELLTOOL."""
