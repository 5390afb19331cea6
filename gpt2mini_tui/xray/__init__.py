"""Looking inside a model: one way in for the command and the app, and the thread that computes."""
