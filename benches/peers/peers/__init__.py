"""A Django project with the tokens of its peers, as their documentation sets them up, on SQLite."""
