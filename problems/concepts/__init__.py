"""What is known of sick gradients: a file for every aspect, one for their sources."""
