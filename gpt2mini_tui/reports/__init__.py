"""Results of experiments as tables, as words and as one HTML file."""
