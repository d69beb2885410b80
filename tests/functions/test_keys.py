"""The desk's keys while they are rotated: what was made under the one before stays good until that is forgotten."""

from functions.shared.keys import Keys

OLD = Keys(b"old")
# The three steps of a rotation, as infra/rotation.py takes them.
BELIEVED, IN_USE, FORGOTTEN = Keys(b"old", b"new"), Keys(b"new", b"old"), Keys(b"new")
RANDOM = "5" * 64


def test_what_a_seed_gives_stays_the_same_through_a_rotation() -> None:
    seed = OLD.seed(RANDOM)
    given = OLD.derived(seed, "a link")
    assert [keys.derived(seed, "a link") == given for keys in (BELIEVED, IN_USE, FORGOTTEN)] == [True, True, False]


def test_a_seed_of_the_new_key_is_understood_by_whoever_has_not_read_it_yet() -> None:
    seed = IN_USE.seed(RANDOM)
    assert BELIEVED.derived(seed, "a link") == IN_USE.derived(seed, "a link") == FORGOTTEN.derived(seed, "a link")


def test_another_key_or_another_thing_gives_something_else() -> None:
    seed = OLD.seed(RANDOM)
    given = {OLD.derived(seed, "a"), OLD.derived(seed, "b"), FORGOTTEN.derived(seed, "a"), OLD.derived("x", "c")}
    assert len(given) == 4
    assert b"old" not in seed.encode()


def test_what_was_made_is_vouched_for_while_its_key_is_believed() -> None:
    digest = OLD.digest("a cursor")
    assert [keys.vouch_for("a cursor", digest) for keys in (OLD, BELIEVED, IN_USE, FORGOTTEN)] == [
        True, True, True, False,
    ]  # fmt: skip
    assert OLD.vouch_for("a cursor", digest[:16])
    assert not OLD.vouch_for("another", digest)
    # Nothing, or too little to be safe from guesses, is vouched for by nobody.
    assert not any(OLD.vouch_for("a cursor", digest[:length]) for length in range(16))


def test_the_secret_is_read_with_or_without_one_before() -> None:
    assert Keys.of({"current": "new", "previous": "old", "turned": "yes"}) == IN_USE
    assert Keys.of({"current": "new", "previous": ""}) == Keys.of({"current": "new"}) == FORGOTTEN
