"""The gateway beside an application: what is added to a workload of Kubernetes. Pure.

The Helm chart's library part says the same in its own language; a test holds both to one effect.
"""
