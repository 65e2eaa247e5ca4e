"""Google Docs: documents written and read as Markdown."""
