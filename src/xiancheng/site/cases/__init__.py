"""Cases: what a unit must handle before a deadline, whatever raised it. The rules are in ``xiancheng.operations``."""
