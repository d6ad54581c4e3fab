"""What deploy/ holds is of one piece with the server: the same command, ports, paths, settings and patience."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml

from serving.environment import TABLE
from serving.server import DRAIN_SECONDS, PROBES

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
UNIT = (DEPLOY / "systemd" / "back-spasm.service").read_text(encoding="utf-8")
DEFAULTS = {setting.name: setting.default for setting in TABLE if setting.read_by == "server"}
SECRETS = {setting.name for setting in TABLE if setting.secret}
OF_THE_SYSTEM = {"HOME", "MPLCONFIGDIR", "PYTHONDONTWRITEBYTECODE"}
PORT = int(DEFAULTS["PORT"])


def _run_command() -> str:
    """What `make run` ends in, after its training."""
    quiet = re.search(r"^QUIET := \$\(PYTHON\) (.*)$", MAKEFILE, re.MULTILINE)
    python = re.search(r"^PYTHON := (.*)$", MAKEFILE, re.MULTILINE)
    run = re.search(r"^run: train .*\n\t@exec \$\(QUIET\) (.*)$", MAKEFILE, re.MULTILINE)
    assert quiet
    assert python
    assert run
    return f"{python[1]} {quiet[1]} {run[1]}"


def _instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of the Dockerfile, lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def _stages() -> list[list[tuple[str, str]]]:
    stages: list[list[tuple[str, str]]] = []
    for one in _instructions():
        if one[0] == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(one)
    return stages


@cache
def _documents(name: str) -> list[Any]:
    yaml = ruamel.yaml.YAML(typ="safe")
    return list(yaml.load_all((DEPLOY / name).read_text(encoding="utf-8")))


def _manifests() -> dict[str, Any]:
    """Kind → document, of every manifest that the kustomization names."""
    named = _documents("kubernetes/kustomization.yml")[0]["resources"]
    there = {path.name for path in (DEPLOY / "kubernetes").glob("*.yml")} - {"kustomization.yml"}
    assert set(named) == there
    documents = [one for name in named for one in _documents(f"kubernetes/{name}")]
    found = {one["kind"]: one for one in documents}
    assert len(found) == len(documents)
    return found


def _container() -> dict[str, Any]:
    found: dict[str, Any] = _manifests()["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    return found


# --- the image


def test_the_image_is_built_by_make_and_runs_what_make_run_runs() -> None:
    build, final = _stages()
    assert "make train" in dict(build)["RUN"]
    assert " ".join(json.loads(dict(final)["CMD"])) == _run_command()


def test_the_image_is_of_two_stages_on_one_base_and_carries_no_tools() -> None:
    build, final = _stages()
    assert [stage[0][1].split()[0] for stage in (build, final)] == ["${BASE}", "${BASE}"]
    base = dict(_instructions())["ARG"]
    assert re.fullmatch(r"BASE=python:3\.12[\w.-]*", base), "the Python of .python-version, and a tag that is no latest"
    assert "apt-get" not in " ".join(rest for _, rest in final)
    assert [rest for name, rest in final if name == "COPY"] == ["--from=build /srv/back-spasm /srv/back-spasm"]


def test_the_image_runs_as_nobody_in_particular() -> None:
    final = _stages()[1]
    names = [name for name, _ in final]
    assert dict(final)["USER"] == "10001:10001"
    assert "USER" in names[: names.index("CMD")]
    assert not {"ADD", "MAINTAINER"} & set(names)


def test_packages_of_the_image_are_few_and_leave_no_lists() -> None:
    runs = [rest for name, rest in _instructions() if name == "RUN" and "apt-get install" in rest]
    assert len(runs) == 1
    assert "--no-install-recommends" in runs[0]
    assert "rm -rf /var/lib/apt/lists/*" in runs[0]


def test_the_image_names_settings_that_there_are_and_no_secret() -> None:
    env = dict(re.findall(r"(\w+)=(\S+)", dict(_stages()[1])["ENV"]))
    assert env.keys() - OF_THE_SYSTEM <= DEFAULTS.keys() - SECRETS
    assert env["PORT"] == dict(_stages()[1])["EXPOSE"] == str(PORT)
    assert f"http://127.0.0.1:{PORT}/readyz" in dict(_stages()[1])["HEALTHCHECK"]


def test_nothing_secret_or_made_here_reaches_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".env", ".env.*", "var", "models", ".venv"} <= set(left_out)


# --- compose


def test_compose_lets_nothing_be_changed_but_the_data() -> None:
    service = _documents("compose.yml")[0]["services"]["assistant"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    env = dict(re.findall(r"(\w+)=(\S+)", dict(_stages()[1])["ENV"]))
    assert service["volumes"] == [f"data:{env['DATA_DIR']}"]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    assert float(service["stop_grace_period"].rstrip("s")) > DRAIN_SECONDS


# --- systemd


def test_the_unit_runs_what_make_run_runs_and_waits_for_turns() -> None:
    lines = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE))
    assert lines["ExecStart"] == f"{lines['WorkingDirectory']}/{_run_command()}"
    assert int(lines["TimeoutStopSec"]) > DRAIN_SECONDS
    env = dict(pair.split("=", 1) for pair in lines["Environment"].split())
    assert env.keys() - OF_THE_SYSTEM <= DEFAULTS.keys()
    assert env["DATA_DIR"] == f"/var/lib/{lines['StateDirectory']}"
    assert lines["StateDirectoryMode"] == "0700"


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Where there is a systemd; the paths are those of this checkout."""
    program = shutil.which("systemd-analyze")
    if program is None:
        assert UNIT.startswith("#")  # nothing here can read it
        return
    unit = tmp_path / "back-spasm.service"
    unit.write_text(UNIT.replace("/opt/back-spasm", str(ROOT)))
    run = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


# --- Kubernetes


def test_ports_and_paths_are_the_servers() -> None:
    container, settings = _container(), _manifests()["ConfigMap"]["data"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"http": PORT, "metrics": int(settings["METRICS_PORT"])}
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    assert {probe["path"] for probe in probes.values()} == set(PROBES)
    assert probes["liveness"]["path"] == "/healthz", "a database that is away is no reason to end the process"
    assert {probe["port"] for probe in probes.values()} == {"http"}
    assert _manifests()["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    annotations = _manifests()["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == settings["METRICS_PORT"]


def test_the_settings_of_the_pods_exist_and_secrets_are_in_the_secret() -> None:
    settings = _manifests()["ConfigMap"]["data"]
    assert settings.keys() <= DEFAULTS.keys() - SECRETS
    for setting in TABLE:
        if settings.get(setting.name):
            setting.check(settings[setting.name])
    comment = (DEPLOY / "kubernetes" / "kustomization.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"--from-(?:literal|file)=(\w+)", comment)) <= SECRETS
    assert [list(one) for one in _container()["envFrom"]] == [["configMapRef"], ["secretRef"]]


def test_pods_end_when_their_turns_have() -> None:
    pod = _manifests()["Deployment"]["spec"]["template"]["spec"]
    before = int(_container()["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > before + DRAIN_SECONDS


def test_pods_may_change_nothing_and_have_limits() -> None:
    pod, container = _manifests()["Deployment"]["spec"]["template"]["spec"], _container()
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize("kind", ["Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"])
def test_everything_means_the_same_pods(kind: str) -> None:
    labels = _manifests()["Deployment"]["spec"]["template"]["metadata"]["labels"]
    spec = _manifests()[kind]["spec"]
    selector = spec.get("podSelector") or spec["selector"]
    assert selector.get("matchLabels", selector) == labels


def test_the_autoscaler_scales_the_deployment() -> None:
    scaler = _manifests()["HorizontalPodAutoscaler"]["spec"]
    deployment = _manifests()["Deployment"]
    target = scaler["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    assert target["apiVersion"] == deployment["apiVersion"]
    assert "replicas" not in deployment["spec"], "the autoscaler's to say"
    assert scaler["minReplicas"] >= 2
