"""Catalogues of categories: schemes with their classes and subclasses, local codes, and crosswalks between schemes."""
