"""What belongs to the person and not to a run: keys, defaults, colours, and what the lab remembers."""
