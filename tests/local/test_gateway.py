"""The gateway over HTTP: the site's files, the API's events, the local calls."""

from tests.desk import Desk


def test_an_added_user_gets_a_mail(desk: Desk) -> None:
    camille = desk.client("camille.durand@example.com")
    added = camille.post("/api/subscriptions/camille-active/users", {"email": "new@example.com"})
    assert added.status_code == 201
    [mail] = desk.mails()
    assert mail.to == "new@example.com"
    assert mail.text
    assert mail.html
