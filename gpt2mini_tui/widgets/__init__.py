"""What the places are made of: reactives in, messages out, nothing of the trainer."""
