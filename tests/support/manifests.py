"""Workloads of Kubernetes as people write them, and sidecars for them."""

from typing import Any

from guardrail_gw.inject.values import Sidecar

IMAGE = "registry.example/guardrail-gw@sha256:" + "a" * 64
OLD_IMAGE = "registry.example/guardrail-gw@sha256:" + "b" * 64
DEPLOYMENT = """\
# The shop's assistant.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: assistant   # as the team calls it
  labels: {app: assistant}
spec:
  replicas: 2
  selector:
    matchLabels: {app: assistant}
  template:
    metadata:
      labels:
        app: assistant
    spec:
      # Streams take a while.
      terminationGracePeriodSeconds: 40  # seconds
      containers:
        # the application
        - name: app
          image: shop/assistant:4
          command: ["python", '-m', "assistant"]
          env:
            - name: MODE
              value: "on"
          # nothing else here
        - name: metrics
          image: shop/metrics:1
      # no volumes yet
# end
"""
CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: digest}
spec:
  schedule: "0 5 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          initContainers:
          - name: fetch
            image: shop/fetch:1
          containers:
          - name: digest
            image: shop/digest:1
"""
STATEFUL_SET = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: desk}
spec:
  replicas: 3
  serviceName: desk
  selector: {matchLabels: {app: desk}}
  template:
    metadata: {labels: {app: desk}}
    spec:
      securityContext: {fsGroup: 2000}
      containers:
      - name: desk
        image: shop/desk:1
        volumeMounts: []
"""
SERVICE = """\
apiVersion: v1
kind:    Service   # odd spaces stay
metadata: {name: assistant}
spec: {selector: {app: assistant}, ports: [{port: 80}]}
"""


def sidecar(**changed: Any) -> Sidecar:
    """A sidecar whose records a collector keeps, or what is changed of it."""
    return Sidecar.model_validate({"image": IMAGE, "durability": "remote"} | changed)


TEMPLATE = {"durability": "local", "spool": {"kind": "template"}}
PLAIN = {"form": "plain", "drainDelaySeconds": 15}
UNIX = {"listen": {"unix": True}}
