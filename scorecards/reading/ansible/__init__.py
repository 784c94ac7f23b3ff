"""(pure) Ansible: plays, tasks, roles, variables and Molecule scenarios."""

from scorecards.reading.ansible.model import Argument, Play, Playbook, RoleUse, Task, TaskFile
from scorecards.reading.ansible.playbooks import Located, every_task, is_of_molecule, playbooks, task_files
from scorecards.reading.ansible.roles import Role, roles

__all__ = [
    "Argument",
    "Located",
    "Play",
    "Playbook",
    "Role",
    "RoleUse",
    "Task",
    "TaskFile",
    "every_task",
    "is_of_molecule",
    "playbooks",
    "roles",
    "task_files",
]
