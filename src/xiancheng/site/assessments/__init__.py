"""The programme, its clauses and their figures."""
