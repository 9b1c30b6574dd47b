"""Measures, one subject a module, registered by a decorator."""
