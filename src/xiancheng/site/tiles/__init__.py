"""Tiles and 3D tiles of published snapshots."""
