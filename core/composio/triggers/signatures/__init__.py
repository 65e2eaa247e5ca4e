"""How providers prove that a request is theirs: rules as data, and the checks. No I/O: bytes, headers and a time go in."""
