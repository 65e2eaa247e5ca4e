"""The dashboard: view and change a project in a browser, over the same services as the API."""
