"""Ways to draw a problem, each for what a problem may be made of."""
