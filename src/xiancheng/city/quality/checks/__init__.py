"""The checks, one subject a file; a new file here is a new check."""
