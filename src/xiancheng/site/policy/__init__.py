"""Who may see and do what: one filter for every list, detail, export, tile and stream."""
