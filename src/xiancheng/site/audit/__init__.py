"""Who saw and changed what: an append-only log, each entry sealed with the hash of the one before."""
