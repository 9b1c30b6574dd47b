"""Writers of exchange files, one module a format."""
