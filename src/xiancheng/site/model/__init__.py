"""The city model for the map: search, identify, snapshots, quality."""
