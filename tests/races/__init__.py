"""Many who act at one time, on the exact engine: what comes of it is what some order of theirs gives."""
