"""What one notebook needs and nobody should read there: a file for each, named like it."""
