"""What the house remembers: models, queries named as questions, transactions."""
