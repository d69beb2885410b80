"""Whether a password is right: Cognito says, behind one function."""

from botocore.exceptions import ClientError

from functions.shared.cloud import Cloud

_WRONG = ("NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException")


def authenticate(cloud: Cloud, email: str, password: str) -> bool:
    """Whether the address and the password belong together; an unknown address is as wrong as a wrong password."""
    try:
        answer = cloud.cognito.admin_initiate_auth(
            UserPoolId=cloud.settings.user_pool,
            ClientId=cloud.settings.user_pool_client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    except ClientError as error:
        if error.response["Error"].get("Code") in _WRONG:
            return False
        raise
    return "AuthenticationResult" in answer
