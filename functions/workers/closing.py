"""What is left of a closed account beside the table of its person: login, papers, and what happened to it."""

from functions.onboarding.account import partition
from functions.onboarding.authentication import forget_login
from functions.onboarding.documents import KEPT, QUARANTINE
from functions.onboarding.messages import destroy_messages
from functions.onboarding.settling import ACCOUNT_ERASED
from functions.onboarding.traces import kind
from functions.shared.cloud import Cloud
from functions.shared.events import LAST, PREFIX, Event
from functions.workers.destruction import destroy


def clear(cloud: Cloud, event: Event) -> None:
    """All of it is gone that no law keeps: the decisions on papers stay as proofs. A repeat finds nothing to do."""
    account_id, email = str(event.data["account"]), str(event.data["email"])
    forget_login(cloud, str(event.data["login"]))
    destroy_messages(cloud.store, account_id)
    for folder in (QUARANTINE, KEPT):
        destroy(cloud, f"{folder}{account_id}/")
    for key, item in cloud.store.query(partition(account_id), first=PREFIX, last=LAST):
        if item["type"] == ACCOUNT_ERASED.name or kind(key, item, email).kept:
            continue
        for sent, _ in cloud.store.query(f"MAIL#{item['event_id']}", first="!", last="~"):
            cloud.store.remove(sent)
        cloud.store.remove(key)
