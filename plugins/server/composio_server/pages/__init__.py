"""Pages for people: connecting an account, coming back from a provider, signing in, letting a program in.

They work without JavaScript, load nothing from elsewhere but a project's own logo, and may not be framed.
"""
