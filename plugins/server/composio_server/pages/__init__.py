"""Pages for people: connecting an account, the callback, signing in, authorizing a program.

They work without JavaScript, load nothing from other hosts except a project's own logo, and may not be framed.
"""
