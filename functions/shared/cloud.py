"""The AWS services that the functions use: one session, each client made when first needed."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.session import Session

from functions.shared.keys import Keys
from functions.shared.settings import Settings
from functions.shared.store import Store

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

# Short waits: a customer is waiting too, and API Gateway gives up after 30 s.
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})

_SECRETS_KEPT_SECONDS = 300


class Cloud:
    """Settings, and the services they name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # botocore's own: what boto3 adds (resources, transfers) costs a tenth of a cold start and serves nothing here.
        self._session = Session()

    @cached_property
    def store(self) -> Store:
        """The one table."""
        client = self._session.create_client("dynamodb", config=_CONFIG)
        return Store(cast("DynamoDBClient", client), self.settings.table)

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """Who keeps the passwords."""
        return cast("CognitoIdentityProviderClient", self._session.create_client("cognito-idp", config=_CONFIG))

    @cached_property
    def mail(self) -> "SESV2Client":
        """Who sends the e-mails."""
        return cast("SESV2Client", self._session.create_client("sesv2", config=_CONFIG))

    @cached_property
    def queues(self) -> "SQSClient":
        """Who keeps the dead letters."""
        return cast("SQSClient", self._session.create_client("sqs", config=_CONFIG))

    @cached_property
    def functions(self) -> "LambdaClient":
        """Who runs the functions that this one calls: no second try, since the customer is waiting for the first."""
        patient = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})
        return cast("LambdaClient", self._session.create_client("lambda", config=patient))

    @cached_property
    def files(self) -> "S3Client":
        """Who keeps the files."""
        return cast("S3Client", self._session.create_client("s3", config=_CONFIG))

    @cached_property
    def public_files(self) -> "S3Client":
        """The same as browsers reach it: what signs their links."""
        endpoint = self.settings.s3_public_endpoint
        addressing = Config(signature_version="s3v4", s3={"addressing_style": "path" if endpoint else "virtual"})
        return cast(
            "S3Client", self._session.create_client("s3", endpoint_url=endpoint, config=_CONFIG.merge(addressing))
        )

    @cached_property
    def kms(self) -> "KMSClient":
        """Who keeps the sealing key."""
        return cast("KMSClient", self._session.create_client("kms", config=_CONFIG))

    @property
    def keys(self) -> Keys:
        """The keys of the desk's keyed hashes, read anew every few minutes, so that they can be rotated."""
        return Keys.of(self._secret(self.settings.secret))

    @property
    def origin_secrets(self) -> tuple[str, str] | None:
        """What CloudFront may show us, read anew as well: the current value, and the one before or to come.

        None where no CloudFront stands before us.
        """
        if not self.settings.origin_secret:
            return None
        secret = self._secret(self.settings.origin_secret)
        return secret["current"], secret.get("previous", "")

    @property
    def webhooks(self) -> Any:
        """Who gets webhooks, as the secret says (functions/workers/receivers.py), read anew as well."""
        return self._secret(self.settings.webhooks)

    def _secret(self, name: str) -> Any:
        from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

        try:
            return self._secrets.get(name, max_age=_SECRETS_KEPT_SECONDS, transform="json")
        except GetParameterError as error:
            # What AWS said is one of the failures that are answered with «try again»; this hides it.
            raise error.__context__ or error from None

    @cached_property
    def _secrets(self) -> "SecretsProvider":
        # Imported late: not every function reads secrets.
        from aws_lambda_powertools.utilities.parameters import SecretsProvider

        return SecretsProvider(boto3_client=self._session.create_client("secretsmanager", config=_CONFIG))
