"""One file per family; none imports another."""
