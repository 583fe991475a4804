"""What leaves the house as a file: printed papers, their key, a preview. No database, no clock, no chance."""
