"""A request that is held on its way until the test lets it go."""

from playwright.sync_api import Page, Route


class Held:
    """The first request to an address; whoever sends it waits for the answer."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._routes: list[Route] = []
        page.route(address, lambda route: self._routes.append(route))

    def route(self) -> Route:
        """The request once it is under way: a page says that it sends a little before the browser hands it over."""
        while not self._routes:
            self._page.wait_for_timeout(10)
        return self._routes[0]
