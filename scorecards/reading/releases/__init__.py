"""(pure) Releases as history and files tell them: tags, versions in manifests, changelogs, commit messages."""
