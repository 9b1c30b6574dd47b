"""Evaluation of a period by area, department and post, and the three rates of 12345.

`columns` says what comes in, `period` what a period means, `rules` reads the formulas, `compute` counts, `result` holds
every figure with numerator, denominator and what was left out, `workbook` and `document` write the bulletin.
"""
