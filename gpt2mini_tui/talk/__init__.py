"""Conversations with a model: the tree of what was said, the thread that speaks, and what is kept on paper."""
