"""States of a case as a table: what may be done, by whom, and what it asks for.

`loading` reads the table, `checking` refuses one that does not hold together, `engine` applies actions to cases.
"""
