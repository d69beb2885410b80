"""Why a site is not fit to be published."""


class BuildFailed(Exception):
    """Each argument says one reason: which file, which job, and what is missing."""
