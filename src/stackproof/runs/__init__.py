"""One run: its folder and lock, who began it, and taking away what it made."""
