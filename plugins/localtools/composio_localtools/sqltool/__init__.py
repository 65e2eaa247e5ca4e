"""Actions of SQLTOOL."""
