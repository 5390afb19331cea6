"""Run folders as the app reads them: little by little, followed while others write, and exported."""
