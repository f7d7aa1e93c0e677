"""What is prepared in a thread is what the operation then uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from appliance.errors import Forbidden
from appliance.services.calls import ahead
from appliance.services.ground import passwords
from appliance.wire.description import DescriptionText
from appliance.wire.operators import GrantFields, OperatorCreate, OperatorUpdate, SignIn
from tests.services.nouns.described import Described, example


@pytest.fixture
def prepare(described: Described, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], Any]:
    """Does the work of an operation in another thread; afterwards no hash can be made any more."""

    def work(operation: str, request: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            made = pool.submit(ahead.table(described.nouns)[operation], request).result()
        monkeypatch.setattr(passwords, "hasher", None)
        return made

    return work


def test_a_file_is_prepared(described: Described, prepare: Callable[[str, Any], Any]) -> None:
    file = example()
    file["customers"][0]["web_logins"] += [{"login": "second", "password": "same"}, {"login": "third", "password": "same"}]
    request = DescriptionText(json.dumps(file))
    done = described.nouns.description.apply(described.owner, request, prepare("description.apply", request))
    assert done.created == {"web_logins": 2}
    second, third = (described.store.web_logins.find(1, login) for login in ("second", "third"))
    assert second is not None and third is not None and second.password_hash != third.password_hash


def test_signing_in_is_prepared(described: Described, prepare: Callable[[str, Any], Any]) -> None:
    right = SignIn("owner", "correct horse")
    assert described.nouns.sign_ins.sign_in(right, hashes=prepare("operators.sign_in", right)).operator.login == "owner"


@pytest.mark.parametrize("wrong", [SignIn("owner", "wrong"), SignIn("nobody", "correct horse")])
def test_a_wrong_sign_in_is_prepared(described: Described, prepare: Callable[[str, Any], Any], wrong: SignIn) -> None:
    with pytest.raises(Forbidden):
        described.nouns.sign_ins.sign_in(wrong, hashes=prepare("operators.sign_in", wrong))


def test_operators_are_prepared(described: Described, prepare: Callable[[str, Any], Any]) -> None:
    create = OperatorCreate("new", [GrantFields("clerk", "root")], password="long enough")
    update = OperatorUpdate(1, password="long enough")
    changed = ahead.table(described.nouns)["operators.update"](update)
    described.nouns.operators.create(described.owner, create, prepare("operators.create", create))
    described.nouns.operators.update(described.owner, update, changed)
