"""What a run means so far: pure folds over its events, without a screen and without torch."""
