"""The city model in a PostgreSQL database with PostGIS."""
