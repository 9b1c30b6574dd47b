"""Access: who reaches what, and what would change."""
