"""Files that commands are given."""

SET = """
title: Week 3
due: 2027-01-31T18:00+01:00
submissions: 2
items:
  - {family: vanishing-gradient, options: {depth: 2}}
  - {family: dying-relu, points: 4}
"""
ROSTER = "name,email,role\nIda,ida@example.org,instructor\nAda,ada@example.org,\n"
