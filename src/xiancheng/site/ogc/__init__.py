"""The OGC API: features, versions and tiles for any client that speaks the standard."""
