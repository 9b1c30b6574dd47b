"""What if: a few edits over a published snapshot, and every figure of the programme that they move."""
