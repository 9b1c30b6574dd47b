"""What every floor stands on: bilingual text, errors, packaged data, progress."""
