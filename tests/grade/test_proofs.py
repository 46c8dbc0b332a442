"""Each exercise judges every known answer as it must: the proof table, case by case."""

import ast

import pytest

from labapp.author.cases import cases_of, hollow, too_few
from labapp.author.prove import AT_ONCE, prove_all
from labapp.grade.manifest import Manifest, catalogue
from tests.conftest import CHECKOUT


@pytest.mark.parametrize("manifest", catalogue().values(), ids=lambda one: one.id)
def test_every_known_answer_gets_its_verdict(manifest: Manifest) -> None:
    proofs = list(prove_all(cases_of(manifest, CHECKOUT), AT_ONCE))
    faults = [str(proof) for proof in proofs if proof.fault]
    assert not faults, "\n".join(["", *faults])
    # A row that passed shows what was expected, or the learner reads a verdict against itself.
    odd = {
        (one.says, one.expected, one.seen)
        for proof in proofs
        for one in proof.verdict.requirements
        if one.passed and one.seen != one.expected
    }
    assert odd == set()


@pytest.mark.unit
@pytest.mark.parametrize("manifest", catalogue().values(), ids=lambda one: one.id)
def test_there_are_enough_answers_of_each_kind(manifest: Manifest) -> None:
    assert too_few(manifest, cases_of(manifest, CHECKOUT)) == []


@pytest.mark.unit
def test_a_hollow_answer_keeps_names_and_does_nothing() -> None:
    source = (catalogue()["05_arguments"].broken / "parcels.py").read_text()
    emptied = ast.parse(hollow(source))
    functions = {node.name: node for node in ast.walk(emptied) if isinstance(node, ast.FunctionDef)}
    assert ast.unparse(functions["quote"].body[0]) == "return None"
    assert ast.unparse(functions["take_order"].body[0]).startswith("return ({}, 202)")
    assert len(functions["save"].body) == 1
