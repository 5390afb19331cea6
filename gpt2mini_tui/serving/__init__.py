"""The lab in a browser: who may come in, and a process of the app for each who did."""
