"""Passwords: Cognito keeps them, one for each login, and says whether one is right.

A login is a Cognito user's name, and its password never changes: a new password is a new login, and the account says
in the table which login is its own. So whatever else is to happen with a new password happens in one transaction with
it, and a registration that nobody confirms cannot touch an account.
"""

import base64
import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from functions.shared import clock
from functions.shared.cloud import Cloud
from functions.shared.due import Due
from functions.shared.items import Put
from functions.shared.keys import Keys

# What falls due, by its kind in functions/workers/daily.py; the subject is the login and the address, a space between.
UNUSED_LOGIN = "unused_login"
# No code that may still make an account of a login is older by then, whatever the hour.
_LOOK_AFTER = timedelta(days=2)
_WRONG = ("NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException")


@dataclass(frozen=True)
class Login:
    """A login's name, and the password that it has or is said to have."""

    name: str
    password: str = field(repr=False)


def authenticate(cloud: Cloud, login: Login) -> bool:
    """Whether the login and the password belong together; an unknown login is as wrong as a wrong password."""
    try:
        answer = cloud.cognito.admin_initiate_auth(
            UserPoolId=cloud.settings.user_pool,
            ClientId=cloud.settings.user_pool_client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": login.name, "PASSWORD": kept(login.password)},
        )
    except ClientError as error:
        if error.response["Error"].get("Code") in _WRONG:
            return False
        raise
    return "AuthenticationResult" in answer


def new_login(email: str, password: str, cause: str, keys: Keys) -> Login:
    """The login that a request makes: of the same name at its repeat, of another for any other password."""
    name = keys.digest("\n".join(["login", email, cause, password])).hex()[:32]
    return Login(name, password)


def make_login(cloud: Cloud, login: Login) -> Login:
    """The login with its password, there from now on; made again it is the same."""
    pool = cloud.settings.user_pool
    try:
        cloud.cognito.admin_create_user(UserPoolId=pool, Username=login.name, MessageAction="SUPPRESS")
    except ClientError as error:
        if error.response["Error"].get("Code") != "UsernameExistsException":
            raise
    cloud.cognito.admin_set_user_password(
        UserPoolId=pool, Username=login.name, Password=kept(login.password), Permanent=True
    )
    return login


def look_at_login(login: str, email: str, now: datetime) -> Put:
    """The note to forget a login unless it is the account's own by then."""
    return Due(clock.day(now + _LOOK_AFTER), UNUSED_LOGIN, f"{login} {email}").put()


def forget_login(cloud: Cloud, login: str) -> None:
    """The login is gone, if it was there."""
    try:
        cloud.cognito.admin_delete_user(UserPoolId=cloud.settings.user_pool, Username=login)
    except ClientError as error:
        if error.response["Error"].get("Code") != "UserNotFoundException":
            raise


def kept(password: str) -> str:
    """What Cognito is given for a password: 44 plain characters, since it does not take every one of Unicode's."""
    composed = unicodedata.normalize("NFC", password)
    return base64.b64encode(hashlib.sha256(composed.encode()).digest()).decode()
