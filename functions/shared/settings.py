"""What a deployment decides, read from the environment once."""

from collections.abc import Mapping
from typing import NamedTuple


class Settings(NamedTuple):
    """One field for each environment variable of template.yaml."""

    table: str
    user_pool: str
    user_pool_client: str
    secret: str
    sender: str
    site_url: str
    contracts: str
    supplier: str
    papers: str
    # Set for the functions behind CloudFront: the secret that it shows them.
    origin_secret: str = ""
    # Set for the one function that sends e-mails: where SES tells what became of them, and whom readers write back to.
    configuration_set: str = ""
    support: str = ""
    # And to whom it tells what is to be paid back.
    accounts: str = ""
    # And who bills: the VAT number of the supplier, its form, capital and register.
    supplier_vat: str = ""
    supplier_legal: str = ""
    # Set for those that work on events: the queue of those that fail by themselves.
    dead_letters: str = ""
    # Which stack's logs and metrics they are.
    service: str = "guichet"
    # Set for the one function that has contracts rendered.
    contract_function: str = ""
    # Set for the one function that seals: its key, and who stamps the time, if anyone.
    sealing_key: str = ""
    timestamp_service: str = ""
    # Set for the one function that signs in: the key that seals the secrets of second factors.
    factor_key: str = ""
    # Set for the one function that tells receivers outside: the secret that names them.
    webhooks: str = ""
    # Whether they may be on this machine and without TLS: in the local run alone.
    webhooks_anywhere: bool = False
    # How long a sealed contract is locked against everybody.
    contract_lock_days: int = 0
    # Whether papers stay closed until the malware scan has cleared them.
    malware_scan: bool = False
    # Where a company's name is looked up by its SIREN, if anywhere.
    company_register: str = ""
    # Where browsers reach the file store, when that is not where we do: in the local run.
    s3_public_endpoint: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises KeyError for a variable that is not set."""
        return cls(
            table=environment["TABLE"],
            user_pool=environment["USER_POOL"],
            user_pool_client=environment["USER_POOL_CLIENT"],
            secret=environment["SECRET"],
            sender=environment["SENDER"],
            site_url=environment["SITE_URL"].rstrip("/"),
            contracts=environment["CONTRACTS"],
            supplier=environment["SUPPLIER"],
            papers=environment["PAPERS"],
            origin_secret=environment.get("ORIGIN_SECRET", ""),
            configuration_set=environment.get("CONFIGURATION_SET", ""),
            support=environment.get("SUPPORT", ""),
            accounts=environment.get("ACCOUNTS", ""),
            supplier_vat=environment.get("SUPPLIER_VAT", ""),
            supplier_legal=environment.get("SUPPLIER_LEGAL", ""),
            dead_letters=environment.get("DEAD_LETTERS", ""),
            service=environment.get("POWERTOOLS_SERVICE_NAME", "guichet"),
            contract_function=environment.get("CONTRACT_FUNCTION", ""),
            sealing_key=environment.get("SEALING_KEY", ""),
            factor_key=environment.get("FACTOR_KEY", ""),
            webhooks=environment.get("WEBHOOKS", ""),
            webhooks_anywhere=environment.get("WEBHOOKS_ANYWHERE") == "true",
            timestamp_service=environment.get("TIMESTAMP_SERVICE", ""),
            contract_lock_days=int(environment.get("CONTRACT_LOCK_DAYS", "0")),
            malware_scan=environment.get("MALWARE_SCAN") == "true",
            company_register=environment.get("COMPANY_REGISTER", ""),
            s3_public_endpoint=environment.get("S3_PUBLIC_ENDPOINT"),
        )
