"""The places of the app, one file and one stylesheet each."""
