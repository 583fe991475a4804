"""What learning platforms and this service tell each other: LTI 1.3 and its services."""
