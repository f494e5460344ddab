"""Views of a running stack, and sandboxes: isolated running copies of it, ours alone."""
