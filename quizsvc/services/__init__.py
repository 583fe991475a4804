"""What the house can do: plain functions, a verb each. The session and the time are arguments; no service commits."""
