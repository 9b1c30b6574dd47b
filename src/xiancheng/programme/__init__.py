"""The plan as data, its measures, its assessment and its reports."""
