"""The page on this machine to which providers send users back."""
