"""3D Tiles 1.1 of the buildings of a snapshot: extruded footprints as glTF with metadata."""
