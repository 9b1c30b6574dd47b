"""Writers of exchange files, one module a format, registered by :func:`writer`."""

from xiancheng.city.writers.registry import write, writer, writer_names

__all__ = ["write", "writer", "writer_names"]
