"""HTTP: the client, retries, the egress guard."""
