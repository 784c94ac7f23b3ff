"""What destructive calls are, by their names."""

import pytest

from scorecards.reading.guard_rails import is_destructive


@pytest.mark.parametrize(
    "text",
    [
        "self.rds.reboot_db_instance(DBInstanceIdentifier)",
        "self._initiate_failover(x)",
        "api.delete_namespaced_pod(name)",
        "ec2.terminate_instances()",
        "client.StopInstances(",
        "subprocess.run(kubectl delete pod x)",
        "kubectl -n shop rollout undo deployment/shop",
        "aws rds reboot-db-instance --db-instance-identifier x",
        "psql -c DROP TABLE x",
        "systemctl restart nginx",
        "rm -rf /var/lib/data",
    ],
)
def test_it_tells_what_changes_something(text: str) -> None:
    assert is_destructive(text)


@pytest.mark.parametrize(
    "text",
    [
        "timer.stop()",
        "values.remove(x)",
        "logger.set_level(x)",
        "kubectl get pods",
        "kubectl describe deployment shop",
        "aws rds describe-db-instances",
        "rm -rf ./build",
        "rm -rf /tmp/x",
        "print(deleted)",
    ],
)
def test_it_leaves_the_rest_alone(text: str) -> None:
    assert not is_destructive(text)
