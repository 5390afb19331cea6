"""`python -m gpt2mini_tui` is `gpt2mini-tui`."""

from gpt2mini_tui.cli import main

if __name__ == "__main__":
    main()
