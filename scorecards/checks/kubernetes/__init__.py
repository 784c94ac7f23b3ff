"""(pure) Checks of Kubernetes workloads and network policies: DOP-3.1."""
