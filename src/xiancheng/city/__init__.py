"""The city model: feature classes, datum, bitemporal store, imports, snapshots, quality."""
