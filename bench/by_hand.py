"""Adding a user as one would write it for this job alone: by hand, and in FastAPI behind Mangum.

Both read and write in the same two calls as the desk does, session, role, budgets, audit, what is owed and
Idempotency-Key included; what they leave out (languages, refusals as problems, strict fields, a second try when
overtaken) is what a desk adds.
"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
type Typed = dict[str, Any]

_DAY = 24 * 60 * 60
# Users that an administrator adds a day, and times that one of them is added to a subscription.
_BY_PERSON, _TO_ONE = 1000, 20
# Over how many partitions what is not done yet is spread.
_SHARDS = 4


class No(Exception):
    """It is not done: status and code."""


class Users:
    """Adds users, in DynamoDB's own values throughout."""

    def __init__(self, client: "DynamoDBClient", table: str, key: bytes) -> None:
        self._client = client
        self._table = table
        self._key = key

    def add(self, subscription: str, email: str, cookie: str, idempotency_key: str, meant: str) -> dict[str, Any]:
        """The user as the API shows them. Raises No."""
        reader, number, token = _claimed(cookie)
        remembered = hashlib.sha256(idempotency_key.encode()).hexdigest()
        keys = (
            (f"IDEMPOTENCY#PERSON#{number}#{remembered}", "ANSWER"),
            (f"USER#{reader}", f"SESSION#{hashlib.sha256(token.encode()).hexdigest()[:32]}"),
            (f"USER#{reader}", "ACCOUNT"),
            (f"SUBSCRIPTION#{subscription}", "STATE"),
            (f"USER#{reader}", f"SUBSCRIPTION#{subscription}"),
            (f"SUBSCRIPTION#{subscription}", f"USER#{email}"),
            (f"USER#{email}", "ACCOUNT"),
        )
        gets: Any = [{"Get": {"TableName": self._table, "Key": _key(*key)}} for key in keys]
        responses = self._client.transact_get_items(TransactItems=gets)["Responses"]
        known, session, account, state, membership, user, other = (one.get("Item") for one in responses)
        if known:
            return self._repeated(known, meant)
        if not (session and account and account["account_id"]["S"] == number and _is_alive(session, account)):
            raise No(401, "not_signed_in")
        if not (state and membership):
            raise No(404, "not_found")
        _insist(membership["role"]["S"] == "administrator", 403, "forbidden")
        _insist(not user, 409, "already_a_user")
        today = datetime.now(UTC).date().isoformat()
        _insist(state["status"]["S"] == "active" and today <= state["end"]["S"], 409, "not_active")
        users, version = int(state["users"]["N"]), int(state["version"]["N"])
        _insist(users < int(state["seats"]["N"]) or state["licence"]["S"] == "floating", 409, "no_seat_left")

        now = int(time.time())
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        status = "active" if other else "invited"
        answer = {"email": email, "status": status, "added_at": at}
        event_id = uuid.uuid4().hex
        told = {
            "email": {"S": email},
            "product": state["product"],
            "contract_number": state["contract_number"],
            "subscription": {"S": subscription},
            "language": account["language"],
        }
        first = {"version": {"N": "1"}}
        writes: Any = [
            self._put(
                {**state, "users": {"N": str(users + 1)}, "version": {"N": str(version + 1)}},
                "version = :version",
                {":version": {"N": str(version)}},
            ),
            self._put(
                _key(*keys[5])
                | first
                | {
                    "role": {"S": "user"},
                    "status": {"S": status},
                    "added_at": {"S": at},
                    "invited_at": {"S": at},
                    "invitation": {"S": event_id},
                },
            ),
            self._put(
                _key(f"USER#{email}", f"SUBSCRIPTION#{subscription}")
                | first
                | {
                    "role": {"S": "user"},
                    "product": state["product"],
                    "licence": state["licence"],
                    "joined": {"N": str(version + 1)},
                }
            ),
            self._spend(f"users added by {reader}", _BY_PERSON, now),
            self._spend(f"added to {subscription} {email}", _TO_ONE, now),
            self._put(
                _key(f"SUBSCRIPTION#{subscription}", f"EVENT#{at}#{event_id}")
                | first
                | {
                    "event_id": {"S": event_id},
                    "type": {"S": "user_added"},
                    "at": {"S": at},
                    "by": {"S": reader},
                    "data": {"M": told},
                    "correlation_id": {"S": idempotency_key},
                }
            ),
            self._put(
                _key(f"PENDING#notifications#{int(event_id, 16) % _SHARDS}", f"{at}#{event_id}")
                | {"of": {"S": f"SUBSCRIPTION#{subscription}"}, "kind": {"S": "user_added"}, "tries": {"N": "0"}}
            ),
            self._put(
                _key(*keys[0])
                | {
                    "fingerprint": {"S": self._fingerprint(meant)},
                    "body": {"S": json.dumps(answer)},
                    "expires_at": {"N": str(now + _DAY)},
                    "by": {"S": reader},
                },
                "attribute_not_exists(PK) OR expires_at <= :now",
                {":now": {"N": str(now)}},
            ),
            self._check(keys[1], session),
            self._check(keys[2], account),
            self._check(keys[6], other),
        ]
        self._client.transact_write_items(TransactItems=writes)
        return answer

    def _repeated(self, known: Mapping[str, Any], meant: str) -> dict[str, Any]:
        _insist(known["fingerprint"]["S"] == self._fingerprint(meant), 422, "idempotency_key_reused")
        body: dict[str, Any] = json.loads(known["body"]["S"])
        return body

    def _fingerprint(self, meant: str) -> str:
        return hmac.digest(self._key, meant.encode(), "sha256").hex()

    def _put(self, item: Typed, condition: str = "attribute_not_exists(PK)", values: Typed | None = None) -> Typed:
        put = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        return {"Put": put | ({"ExpressionAttributeValues": values} if values else {})}

    def _spend(self, what: str, most: int, now: int) -> Typed:
        """One of a day's budget."""
        digest = hmac.digest(self._key, what.encode(), "sha256").hex()
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(f"BUDGET#{digest}", f"WINDOW#{now // _DAY}"),
                "UpdateExpression": "ADD #count :one SET expires_at = :expires",
                "ConditionExpression": "attribute_not_exists(PK) OR #count < :most",
                "ExpressionAttributeNames": {"#count": "count"},
                "ExpressionAttributeValues": {
                    ":one": {"N": "1"},
                    ":most": {"N": str(most)},
                    ":expires": {"N": str(now + _DAY)},
                },
            }
        }

    def _check(self, key: tuple[str, str], read: Mapping[str, Any] | None) -> Typed:
        check: Typed = {"TableName": self._table, "Key": _key(*key)}
        if read is None:
            return {"ConditionCheck": check | {"ConditionExpression": "attribute_not_exists(PK)"}}
        values = {":version": read["version"]}
        condition = {"ConditionExpression": "version = :version", "ExpressionAttributeValues": values}
        return {"ConditionCheck": check | condition}


def by_hand(users: Users) -> Handler:
    """A Lambda handler that reads API Gateway's event itself."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            body = json.loads(event["body"])
            email = str(body["email"]).strip().lower()
            _insist("@" in email, 422, "invalid_fields")
            added = users.add(
                event["pathParameters"]["subscription_id"],
                email,
                next(one for one in event["cookies"] if one.startswith("__Host-session=")).partition("=")[2],
                event["headers"]["idempotency-key"],
                json.dumps([event["rawPath"], body], sort_keys=True),
            )
        except No as no:
            status, code = no.args
            return {"statusCode": status, "body": json.dumps({"code": code})}
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        return {"statusCode": 201, "headers": headers, "body": json.dumps(added)}

    return handler


def in_fastapi(users: Users) -> Handler:
    """The same as FastAPI has it: model, cookie and header declared, and Mangum in between."""
    from fastapi import Cookie, FastAPI, Header, Response
    from mangum import Mangum
    from pydantic import BaseModel, EmailStr

    class AddUser(BaseModel):
        email: EmailStr

    class User(BaseModel):
        email: str
        status: str
        added_at: str

    app = FastAPI(openapi_url=None)

    async def add_user(
        subscription_id: str,
        asked: AddUser,
        session: Annotated[str, Cookie(alias="__Host-session")],
        idempotency_key: Annotated[str, Header()],
        response: Response,
    ) -> Any:
        response.headers["cache-control"] = "no-store"
        meant = json.dumps([subscription_id, asked.email])
        return users.add(subscription_id, asked.email.lower(), session, idempotency_key, meant)

    app.post("/api/subscriptions/{subscription_id}/users", status_code=201, response_model=User)(add_user)
    handler: Handler = Mangum(app, lifespan="off")
    return handler


def _claimed(cookie: str) -> tuple[str, str, str]:
    address, number, token = cookie.split(".", 2)
    return base64.urlsafe_b64decode(address + "=" * (-len(address) % 4)).decode(), number, token


def _is_alive(session: Mapping[str, Any], account: Mapping[str, Any]) -> bool:
    until = min(int(session["idle_until"]["N"]), int(session["absolute_until"]["N"]))
    return time.time() < until and session["login"] == account["login"]


def _insist(so: bool, status: int, code: str) -> None:
    if not so:
        raise No(status, code)


def _key(pk: str, sk: str) -> Typed:
    return {"PK": {"S": pk}, "SK": {"S": sk}}
