"""Where secrets lie: sealed under a master key that others keep."""
