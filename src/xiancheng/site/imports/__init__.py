"""Imports: files become features."""
