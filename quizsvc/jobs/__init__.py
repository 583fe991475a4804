"""Work that nobody waits for: each kind in a file of its own."""
