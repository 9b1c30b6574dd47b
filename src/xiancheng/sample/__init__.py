"""The sample county: writes ordinary source files of a synthetic town, then imports them like anyone's."""
