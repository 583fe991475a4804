"""What `make bench` measures: ratios against the limit and against yardsticks, taken in one run.

Times of one machine say little about another, nor about itself an hour later. All that is compared is therefore
measured in turn, again and again, and told as medians: the ratios are what may be quoted.
"""
