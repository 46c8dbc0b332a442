"""How JupyterLab is opened: what it is told, and what it finds in its environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labapp.desk.browser import can_open_browser, in_container
from labapp.desk.jupyter import SETTINGS, environment, options
from labapp.desk.place import DeskError, find_checkout, my_folder


def test_it_listens_on_loopback_and_never_carries_its_token_in_a_command_line(my: Path) -> None:
    flags = options(my, port=8888, opens=False)
    assert "--ServerApp.ip=127.0.0.1" in flags
    assert not any("token" in flag for flag in flags)


def test_it_opens_the_first_notebook_of_the_learners_folder(my: Path) -> None:
    flags = options(my, port=8888, opens=True)
    assert f"--ServerApp.root_dir={my}" in flags
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in flags


def test_its_terminals_are_no_login_shells_which_would_set_the_path_anew(
    my: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/bin/some-shell")
    flags = options(my, port=8888, opens=False)
    assert "--ServerApp.terminado_settings={'shell_command': ['/bin/some-shell']}" in flags


def test_the_kernel_is_this_environments_whatever_is_registered_elsewhere(
    my: Path, tmp_path: Path
) -> None:
    for folder in ("path", "data"):
        spec = tmp_path / folder / "kernels" / "python3"
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text(
            json.dumps({"argv": ["/bin/false"], "display_name": "foreign", "language": "python"})
        )
    shadowed = os.environ | {
        "JUPYTER_PATH": str(tmp_path / "path"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    assert kernel_folder(shadowed).startswith(str(tmp_path)), "the trap itself must work"
    before = os.environ.copy()
    try:
        os.environ.update(shadowed)
        mended = shadowed | environment(my)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert kernel_folder(mended).startswith(sys.prefix)


def kernel_folder(environ: dict[str, str]) -> str:
    program = "from jupyter_client.kernelspec import get_kernel_spec\n"
    program += "print(get_kernel_spec('python3').resource_dir)"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


def test_terminals_find_this_environments_programs_first(
    my: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = str(Path(sys.prefix) / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", scripts, "/bin"]))
    assert environment(my)["PATH"].split(os.pathsep) == [scripts, "/usr/bin", "/bin"]


def test_what_jupyter_writes_stays_in_the_learners_folder(my: Path) -> None:
    (my / ".jupyter").mkdir(parents=True)
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | environment(my)
    program = (
        "from jupyter_core import paths as p; from IPython.paths import get_ipython_dir as i\n"
        "print(p.jupyter_config_dir(), p.jupyter_data_dir(), p.jupyter_runtime_dir(), i())"
    )
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    assert [Path(place).is_relative_to(my) for place in told.split()] == [True] * 4


def test_no_news_and_no_update_check_are_asked_for() -> None:
    overrides = json.loads((SETTINGS / "labconfig/default_setting_overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert overrides["@jupyterlab/apputils-extension:notification"]["checkForUpdates"] is False


@pytest.mark.parametrize(
    ("environ", "platform", "opens"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "1"}, "darwin", False),
        ({"SSH_CONNECTION": "1", "DISPLAY": "localhost:10"}, "linux", False),
        ({"CODESPACES": "true", "DISPLAY": ":0"}, "linux", False),
        ({"CODESPACES": "true", "BROWSER": "code --openExternal"}, "linux", True),
    ],
)
def test_a_browser_is_opened_only_where_the_learner_would_see_it(
    environ: dict[str, str], platform: str, opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labapp.desk.browser.CONTAINER_FILES", ())
    assert can_open_browser(environ, platform) is opens


def test_a_container_is_known_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labapp.desk.browser.CONTAINER_FILES", (str(tmp_path / ".dockerenv"),))
    assert not in_container({})
    (tmp_path / ".dockerenv").touch()
    assert in_container({})


def test_the_checkout_is_found_from_a_folder_inside_it(kit: Path) -> None:
    assert find_checkout(kit / "notebooks" / "images") == kit


def test_without_a_checkout_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labapp.desk.place.FIRST_NOTEBOOK", "notebooks/nowhere.ipynb")
    with pytest.raises(DeskError, match="Change into the kit's folder"):
        find_checkout(tmp_path)


def test_the_learners_folder_can_be_named(
    kit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABAPP_MY", raising=False)
    assert my_folder(kit) == kit / "my"
    monkeypatch.setenv("LABAPP_MY", str(tmp_path / "elsewhere"))
    assert my_folder(kit) == tmp_path / "elsewhere"
