"""Reading template.yaml: CloudFormation's short forms and functions."""

from pathlib import Path

import pytest

from infra.local.template import Resolver, load

TEMPLATE = """
Parameters:
  SiteUrl: { Type: String, Default: https://desk.example.com }
  Sender: { Type: String, Default: desk@example.com }
Mappings:
  Sizes: { small: { memory: 128 } }
Conditions:
  IsLocal: !Equals [!Ref SiteUrl, http://localhost]
  IsNotLocal: !Not [!Condition IsLocal]
  Both: !And [!Condition IsLocal, !Condition IsNotLocal]
  Either: !Or [!Condition IsLocal, !Condition IsNotLocal]
Values:
  ref: !Ref Table
  attribute: !GetAtt Table.Arn
  attribute_of_many_parts: !GetAtt [Table, Stream.Arn]
  sub: !Sub "${SiteUrl}/x/${Table.Arn}/${!literal}/${Table}"
  sub_with_values: !Sub ["${Greeting}, ${Sender}", { Greeting: !Ref SiteUrl }]
  joined: !Join ["-", [a, !Ref Table, 1]]
  selected: !Select [1, !Split [",", "a,b,c"]]
  mapped: !FindInMap [Sizes, small, memory]
  chosen: !If [IsLocal, here, there]
  absent: !Ref AWS::NoValue
  listed: [!Ref AWS::NoValue, !If [Both, no, yes-], !If [Either, yes-, no]]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    return file


def resolver(path: Path, **parameters: str) -> Resolver:
    return Resolver(load(path), parameters, lambda name: f"<{name}>", lambda name, attribute: f"<{name} {attribute}>")


def test_values_are_resolved(path: Path) -> None:
    assert resolver(path, SiteUrl="http://localhost").value(load(path)["Values"]) == {
        "ref": "<Table>",
        "attribute": "<Table Arn>",
        "attribute_of_many_parts": "<Table Stream.Arn>",
        "sub": "http://localhost/x/<Table Arn>/${literal}/<Table>",
        "sub_with_values": "http://localhost, desk@example.com",
        "joined": "a-<Table>-1",
        "selected": "b",
        "mapped": 128,
        "chosen": "here",
        "listed": ["yes-", "yes-"],
    }


def test_a_parameter_that_the_template_has_not_is_refused(path: Path) -> None:
    with pytest.raises(KeyError, match="SiteURL"):
        resolver(path, SiteURL="http://localhost")


def test_a_function_that_is_not_known_is_refused(path: Path) -> None:
    with pytest.raises(NotImplementedError, match="Fn::Cidr"):
        resolver(path).value({"Fn::Cidr": ["10.0.0.0/8", 1, 8]})
