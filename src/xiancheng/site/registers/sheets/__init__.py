"""Registers as Excel workbooks: template, upload with a trial run, the workbook returned with its faults marked."""
