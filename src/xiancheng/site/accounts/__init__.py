"""Bureaus and their units, people, roles, tokens."""
