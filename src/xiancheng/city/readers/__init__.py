"""Readers of source files, one module a format, registered by :func:`reader`."""

from xiancheng.city.readers.registry import ReadOptions, read, reader, reader_names

__all__ = ["ReadOptions", "read", "reader", "reader_names"]
