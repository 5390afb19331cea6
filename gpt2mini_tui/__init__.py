"""The lab: click commands and a Textual app over the library `gpt2mini`."""
