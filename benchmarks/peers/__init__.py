"""What the tables compare this project with, each in a process of its own that works when it is told to."""
