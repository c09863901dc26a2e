#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""manifests_test.py SOURCE DK_NODE: the compose file and the Kubernetes manifests parse, refer to what is there, and
start dk-node with settings that it takes."""
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

source, node = pathlib.Path(sys.argv[1]), sys.argv[2]
problems = []


def expect(condition, what):
    if not condition:
        problems.append(what)


def takes(what, arguments, certs, folder):
    """check-config with these arguments, the bundle in a folder of this test."""
    arguments = [a.replace(certs, str(folder / "bundle")) for a in arguments]
    done = subprocess.run([node, "check-config", *arguments], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{what}: {done.stdout}{done.stderr}")


def compose(folder):
    path = source / "deploy/container/compose.yaml"
    file = yaml.safe_load(path.read_text())
    nodes = {name: s for name, s in file["services"].items() if name != "certs"}
    expect(len(nodes) == 3, f"{path}: {len(nodes)} nodes")
    for name, service in nodes.items():
        takes(f"{path}: {name}", service["command"], f"/certs/{name}", folder)
        expect(service["hostname"] == name, f"{path}: {name} is called {service['hostname']}")
        for volume in service["volumes"]:
            expect(volume.split(":")[0] in file["volumes"], f"{path}: {name}: no volume {volume}")


def kubernetes(folder):
    path = source / "deploy/kubernetes/dk.yaml"
    kinds = {d["kind"]: d for d in yaml.safe_load_all(path.read_text())}
    expect(set(kinds) == {"Service", "PodDisruptionBudget", "StatefulSet"}, f"{path}: {set(kinds)}")
    spec = kinds["StatefulSet"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    for selector in (spec["selector"]["matchLabels"], kinds["Service"]["spec"]["selector"],
                     kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]):
        expect(selector == labels, f"{path}: {selector} selects no pod with {labels}")
    expect(kinds["Service"]["spec"]["clusterIP"] == "None", f"{path}: the service is not headless")
    expect(spec["serviceName"] == kinds["Service"]["metadata"]["name"], f"{path}: serviceName")
    pod = spec["template"]["spec"]
    volumes = {v["name"] for v in pod["volumes"]} | {c["metadata"]["name"] for c in spec["volumeClaimTemplates"]}
    for container in pod["containers"] + pod["initContainers"]:
        for mount in container["volumeMounts"]:
            expect(mount["name"] in volumes, f"{path}: no volume {mount['name']}")
    container = pod["containers"][0]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        expect(probe in container, f"{path}: no {probe}")
    for number in range(spec["replicas"] + 1):
        name = f"dk-{number}"
        script = "exec() { shift; printf '%s\\n' \"$@\"; }\n" + container["args"][0]
        done = subprocess.run(["/bin/bash", "-ec", script], env={"HOSTNAME": name, "PATH": os.environ["PATH"]},
                              capture_output=True, text=True, check=True)
        arguments = done.stdout.splitlines()
        ready = arguments.index("--ready-file")
        del arguments[ready:ready + 2]
        expect(f"{name}.dk" in arguments, f"{path}: {name} does not advertise its own name: {arguments}")
        takes(f"{path}: {name}", arguments, "/certs/mine", folder)


with tempfile.TemporaryDirectory(prefix="dk-manifests.") as directory:
    folder = pathlib.Path(directory)
    for command in (["certs", "init", "--certs", str(folder / "authority")],
                    ["certs", "issue", "n", "--certs", str(folder / "authority"), "--host", "n",
                     "--out", str(folder / "bundle")]):
        subprocess.run([node, *command], check=True, stdout=subprocess.DEVNULL)
    compose(folder)
    kubernetes(folder)
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
