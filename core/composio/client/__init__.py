"""Import paths of the v0.7 SDK, for code that was written against it: names only, no client."""
