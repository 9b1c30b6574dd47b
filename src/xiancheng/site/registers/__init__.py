"""Registers: the features of a class as bureaus keep them."""
