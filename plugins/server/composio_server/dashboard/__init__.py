"""The dashboard: what people see and change of a project in a browser, over the services that the API stands on."""
