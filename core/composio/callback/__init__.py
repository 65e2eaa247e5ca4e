"""The page on this machine that users come back to from a provider."""
