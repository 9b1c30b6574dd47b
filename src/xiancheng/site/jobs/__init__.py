"""Long work: kept in the database, done by a process of its own, watched by the people who asked for it."""
