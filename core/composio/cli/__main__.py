"""``python -m composio.cli``, where the script's folder is not on the path."""

from composio.cli.main import run

if __name__ == "__main__":
    run()
