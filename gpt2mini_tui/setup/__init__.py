"""From what a person asks for to a trainer that is ready to run."""
