"""The web site of a county: the Django project, its API and what serves the web application."""
