"""Checks that names in the manifests refer to each other correctly, which schemas cannot check. Prints each fault.

usage: meaning.py INIT_SCRIPT MANIFESTS…   (INIT_SCRIPT creates the secrets in the cluster)
"""

import ipaddress
import re
import sys

import yaml

faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def created_secrets(script):
    """Returns the keys of each secret, from the `create NAME TYPE KEY=FILE…` lines of the script."""
    text = open(script).read().replace("\\\n", " ")
    found = re.findall(r"^create (\S+) \S+ (.*)$", text, re.MULTILINE)
    return {name: {pair.split("=")[0] for pair in pairs.split()} for name, pairs in found}


def quantity(text):
    units = {"m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    number, unit = re.fullmatch(r"([0-9.]+)(\w*)", str(text)).groups()
    return float(number) * units.get(unit, 1)


def check_container(where, container, volumes, secrets, configs):
    where = f"{where}/{container['name']}"
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            fault(where, f"mounts the volume {mount['name']}, which does not exist")
    names = {port["name"] for port in container.get("ports", [])}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        handler = container.get(probe, {})
        port = (handler.get("httpGet") or handler.get("tcpSocket") or {}).get("port")
        if isinstance(port, str) and port not in names:
            fault(where, f"{probe} names the port {port}, which the container does not have")
    for source in container.get("envFrom", []):
        if source["configMapRef"]["name"] not in configs:
            fault(where, f"takes settings from {source['configMapRef']['name']}, which does not exist")
    env = [variable["name"] for variable in container.get("env", [])]
    for name in {name for name in env if env.count(name) > 1}:
        fault(where, f"sets {name} twice")
    resources = container.get("resources", {})
    for name, limit in resources.get("limits", {}).items():
        if quantity(resources.get("requests", {}).get(name, 0)) > quantity(limit):
            fault(where, f"requests more {name} than its limit")
    if not resources.get("requests"):
        fault(where, "has no resource requests")
    context = container.get("securityContext", {})
    hardened = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    if context != hardened:
        fault(where, f"its security context is not {hardened}")


def check_pod(where, template, claims, secrets, configs):
    spec = template["spec"]
    volumes = set(claims)
    for volume in spec.get("volumes", []):
        volumes.add(volume["name"])
        if "secret" in volume:
            name = volume["secret"]["secretName"]
            for item in volume["secret"].get("items", []):
                if item["key"] not in secrets.get(name, set()):
                    fault(where, f"uses {item['key']} of the secret {name}, which is not created")
            if name not in secrets:
                fault(where, f"uses the secret {name}, which is not created")
        if "configMap" in volume and volume["configMap"]["name"] not in configs:
            fault(where, f"uses {volume['configMap']['name']}, which does not exist")
    if not spec["securityContext"].get("runAsNonRoot"):
        fault(where, "may run as root")
    for container in spec.get("initContainers", []) + spec["containers"]:
        check_container(where, container, volumes, secrets, configs)


def main():
    script, *files = sys.argv[1:]
    documents = [document for file in files for document in yaml.safe_load_all(open(file)) if document]
    named = lambda kind: {d["metadata"]["name"]: d for d in documents if d["kind"] == kind}
    secrets = created_secrets(script)
    secrets.update({name: set(d.get("data", {})) for name, d in named("Secret").items()})
    configs = named("ConfigMap")
    pods = []
    for document in documents:
        kind, name = document["kind"], document["metadata"]["name"]
        where = f"{kind}/{name}"
        if kind != "Namespace" and document["metadata"].get("namespace") != "ecash":
            fault(where, "is not in the namespace ecash")
        if kind not in ("Deployment", "StatefulSet", "Job"):
            continue
        spec = document["spec"]
        labels = spec["template"]["metadata"]["labels"]
        pods.append((labels, [c for c in spec["template"]["spec"]["containers"]]))
        selector = spec.get("selector", {}).get("matchLabels", {})
        if not selector.items() <= labels.items():
            fault(where, f"selects {selector}, but its pods are {labels}")
        claims = [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])]
        check_pod(where, spec["template"], claims, secrets, configs)
        if kind == "StatefulSet" and spec["serviceName"] not in named("Service"):
            fault(where, f"its service {spec['serviceName']} does not exist")
    for name, service in named("Service").items():
        chosen = [c for labels, c in pods if service["spec"]["selector"].items() <= labels.items()]
        ports = {port["name"] for containers in chosen for container in containers for port in container.get("ports", [])}
        if not chosen:
            fault(f"Service/{name}", "selects no pod")
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                fault(f"Service/{name}", f"leads to the port {port['targetPort']}, which no pod has")
    for name, policy in {**named("NetworkPolicy"), **named("PodDisruptionBudget")}.items():
        chosen = policy["spec"].get("podSelector", policy["spec"].get("selector", {})).get("matchLabels", {})
        if not any(chosen.items() <= labels.items() for labels, _ in pods):
            fault(name, f"selects no pod: {chosen}")
    for name, ingress in named("Ingress").items():
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                ports = named("Service").get(backend["name"], {}).get("spec", {}).get("ports", [])
                if backend["port"]["name"] not in {port["name"] for port in ports}:
                    fault(f"Ingress/{name}", f"leads to {backend}, which does not exist")
        for tls in ingress["spec"]["tls"]:
            if tls["secretName"] not in secrets:
                fault(f"Ingress/{name}", f"uses the secret {tls['secretName']}, which is not created")
    for name, scaler in named("HorizontalPodAutoscaler").items():
        target = scaler["spec"]["scaleTargetRef"]
        if target["name"] not in named(target["kind"]):
            fault(f"HorizontalPodAutoscaler/{name}", "its target does not exist")
        elif "replicas" in named(target["kind"])[target["name"]]["spec"]:
            fault(f"HorizontalPodAutoscaler/{name}", "its target sets replicas, so each apply would reset the number")
    # A proxy in a trusted network can claim any client address, so only the ingress controller's network may be trusted.
    proxies = named("ConfigMap")["ecash-config"]["data"]["TRUSTED_PROXIES"].split(",")
    for network in map(ipaddress.ip_network, filter(None, proxies)):
        if network.prefixlen < (16 if network.version == 4 else 48):
            fault("ConfigMap/ecash-config", f"TRUSTED_PROXIES trusts all of {network}")
    allowed = named("NetworkPolicy")["to-ecash-server"]["spec"]["ingress"]
    if any(port["port"] == "http" and not rule.get("from") for rule in allowed for port in rule["ports"]):
        fault("NetworkPolicy/to-ecash-server", "lets every pod connect to the port that trusts the ingress controller")
    for line in faults:
        print(line)
    print(f"  {len(documents)} manifests, {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
