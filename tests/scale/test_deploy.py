"""What lies in deploy/ is what Ray and KubeRay read, as far as that can be told without a cluster of theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llm_core.engine.bench import MOST_MODEL_BYTES
from llm_core.engine.ray_replica import APPLICATION, DEPLOYMENT, OPTIONS, application
from llm_core.engine.worker import VALUE_BYTES

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SERVE = yaml.safe_load((DEPLOY / "serve.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifests():
    return list(yaml.safe_load_all((DEPLOY / "kuberay.yaml").read_text(encoding="utf-8")))


def test_serve_reads_its_config_and_an_app_deploys_the_same(monkeypatch):
    from ray.serve.config import RequestRouterConfig
    from ray.serve.schema import ServeDeploySchema

    # What checks types while tests run cannot be packed, as Serve packs the router.
    monkeypatch.setattr(RequestRouterConfig, "_serialize_request_router_cls", lambda self: None)
    (one,) = ServeDeploySchema.model_validate(SERVE).applications
    assert one.name == APPLICATION
    assert one.import_path == f"{application.__module__}:{application.__name__}"
    (deployment,) = SERVE["applications"][0]["deployments"]
    assert deployment == {"name": DEPLOYMENT, **OPTIONS}
    assert one.args == {"preload": [], "value_bytes": VALUE_BYTES, "model_bytes": MOST_MODEL_BYTES}
    built = application(one.args)
    assert built._bound_deployment.name == DEPLOYMENT


@pytest.mark.parametrize(("cards", "asked", "wanted"), [(2.0, {}, 1), (0.0, {}, None), (2.0, {"num_cpus": 2}, None)])
def test_a_replica_asks_for_a_card_where_nodes_have_some(monkeypatch, cards, asked, wanted):
    import ray
    from ray.serve.config import RequestRouterConfig

    monkeypatch.setattr(RequestRouterConfig, "_serialize_request_router_cls", lambda self: None)
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 2.0, "GPU": cards})
    built = application({"options": {"ray_actor_options": asked} if asked else {}})
    options = built._bound_deployment.ray_actor_options
    assert options.get("num_gpus") == wanted
    assert options["num_cpus"] == asked.get("num_cpus", 1)


def test_kuberay_deploys_the_same_application(manifests):
    service = manifests[0]
    assert (service["apiVersion"], service["kind"]) == ("ray.io/v1", "RayService")
    assert yaml.safe_load(service["spec"]["serveConfigV2"]) == SERVE


def test_the_cluster_of_the_manifest_is_whole(manifests):
    cluster = manifests[0]["spec"]["rayClusterConfig"]
    pinned = re.search(r"ray\[serve\]==(\S+)", (ROOT / "requirements-scale.txt").read_text(encoding="utf-8"))
    assert cluster["rayVersion"] == pinned[1]
    assert cluster["authOptions"] == {"mode": "token"}
    # The custom resource requires of the head a template, of workers also a name and numbers.
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    names = [group["groupName"] for group in groups[1:]]
    assert len(set(names)) == len(names)
    for group in groups[1:]:
        assert 0 <= group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    for group in groups:
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        (container,) = group["template"]["spec"]["containers"]
        assert {"name", "image", "command", "resources"} <= set(container)
        assert container["image"] == "attention-explorer:latest"
        assert "$KUBERAY_GEN_RAY_START_CMD" in container["command"][-1]
        for kind in ("requests", "limits"):
            assert set(container["resources"][kind]) == {"cpu", "memory"}
    assert OPTIONS["ray_actor_options"]["num_cpus"] <= int(
        groups[1]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"]
    )


def test_the_service_finds_the_apps(manifests):
    service = manifests[1]
    assert service["kind"] == "Service"
    assert service["spec"]["selector"] == {"ray.io/group": "apps"}
    assert service["spec"]["sessionAffinity"] == "ClientIP"
    apps = manifests[0]["spec"]["rayClusterConfig"]["workerGroupSpecs"][1]["template"]["spec"]["containers"][0]
    assert {port["containerPort"] for port in apps["ports"]} == {service["spec"]["ports"][0]["targetPort"]}
