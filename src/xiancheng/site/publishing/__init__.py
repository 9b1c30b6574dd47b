"""Publishing: a snapshot of the model as of a day, and what it moved in the programme."""
