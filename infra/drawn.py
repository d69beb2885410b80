"""Parts of a page that are drawn from the code, between two comments."""

END = "<!-- until here -->"


def into(page: str, begin: str, drawing: str) -> str:
    """The page with the drawing in its place, behind that comment. Raises ValueError when it has no place for one."""
    before, found, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise ValueError(f"the page has no place for it: {begin.strip()}")
    return f"{before}{begin}{drawing}{END}{after}"
