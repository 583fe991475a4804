"""One number system per file: exact, rounding (ranges), markup."""
