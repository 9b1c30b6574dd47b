"""Xiancheng (县城): a county seat's development programme as a running system."""

__version__ = "0.1.0"
