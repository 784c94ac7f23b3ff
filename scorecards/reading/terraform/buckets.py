"""(pure) Buckets that hold state, where the repository defines them itself, and what protects them."""

import re
from typing import NamedTuple

from ingest.repository.documents.hcl import Block, Expr
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.backends import stores
from scorecards.reading.terraform.directory import Directory, Located, directories
from scorecards.reading.terraform.values import names_of, text

_MAX_BUCKETS = 100
_FOR_STATE = re.compile(r"(?:terraform|tofu|tf)[-_.]?(?:remote[-_.]?)?state|state[-_.]bucket|remote[-_.]state", re.I)
_EVERY_BUCKET = re.compile(r'arn:aws[\w-]{0,10}:s3(?::::?)?"', re.A)
_PRIVATE = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


class Bucket(NamedTuple):
    """An ``aws_s3_bucket``; ``name`` is empty where it is computed."""

    at: Located
    directory: Directory
    name: str

    @property
    def place(self) -> Place:
        return self.at.place


def state_buckets(tree: RepositoryTree) -> list[Bucket]:
    """The buckets that a backend names, and those with a computed name that say that they are for state."""
    return tree.derive(_state_buckets)


def _state_buckets(tree: RepositoryTree) -> list[Bucket]:
    named = {backend.text("bucket") for store in stores(tree) for backend in store.backends} - {""}
    found = []
    for own in directories(tree):
        for at in own.resources("aws_s3_bucket"):
            expr = at.block.body.get("bucket") or at.block.body.get("bucket_prefix")
            name = text(names_of(tree, own), at.block.body.get("bucket"))
            hint = f"{at.block.labels[-1]} {expr.raw[:300] if expr else ''}"
            if name in named or (not name and _FOR_STATE.search(hint)):
                found.append(Bucket(at, own, name))
    return found[:_MAX_BUCKETS]


def is_versioned(tree: RepositoryTree, bucket: Bucket) -> bool:
    inner = bucket.at.block.body.block("versioning")
    if inner is not None and _is_true(inner, "enabled"):
        return True
    for at in _beside(tree, bucket, "aws_s3_bucket_versioning"):
        setting = at.block.body.block("versioning_configuration")
        if setting is not None and setting.body.text("status").lower() == "enabled":
            return True
    return False


def is_private(tree: RepositoryTree, bucket: Bucket) -> bool:
    """Whether all four settings against public access are on, for the bucket or the account."""
    blocks = [
        *_beside(tree, bucket, "aws_s3_bucket_public_access_block"),
        *bucket.directory.resources("aws_s3_account_public_access_block"),
    ]
    return any(all(_is_true(at.block, name) for name in _PRIVATE) for at in blocks)


def is_logged(tree: RepositoryTree, bucket: Bucket) -> bool:
    """Whether access to the bucket is logged, or a trail records what happens to its objects."""
    if bucket.at.block.body.block("logging") or _beside(tree, bucket, "aws_s3_bucket_logging"):
        return True
    return any(_records(bucket, at.block) for at in bucket.directory.resources("aws_cloudtrail"))


def _records(bucket: Bucket, trail: Block) -> bool:
    """Whether a trail selects data events of this bucket, or of every one."""
    own = f"aws_s3_bucket.{bucket.at.block.labels[-1]}"
    for selector in trail.body.walk():
        told = list(selector.body.expressions())
        raw = " ".join(expr.raw[:2000] for expr in told)
        if selector.type not in ("data_resource", "advanced_event_selector") or "AWS::S3::Object" not in raw:
            continue
        named = any(_names(own, expr) for expr in told) or (bool(bucket.name) and f":::{bucket.name}" in raw)
        if named or _EVERY_BUCKET.search(raw) or ("arn:" not in raw and not any(expr.references for expr in told)):
            return True
    return False


def is_encrypted(tree: RepositoryTree, bucket: Bucket) -> bool:
    """Whether the bucket has a rule of its own for encryption."""
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    return bucket.at.block.body.block("server_side_encryption_configuration") is not None or bool(
        _beside(tree, bucket, kind)
    )


def _beside(tree: RepositoryTree, bucket: Bucket, kind: str) -> list[Located]:
    """The resources of a type that are about a bucket."""
    by_name = tree.derive(_by_bucket, bucket.directory, kind)
    own = by_name.get(f"aws_s3_bucket.{bucket.at.block.labels[-1]}", [])
    return own or (by_name.get(bucket.name, []) if bucket.name else [])


def _by_bucket(tree: RepositoryTree, directory: Directory, kind: str) -> dict[str, list[Located]]:
    """The resources of a type, by the bucket's name or address that they give."""
    names, found = names_of(tree, directory), dict[str, list[Located]]()
    for at in directory.resources(kind):
        expr = at.block.body.get("bucket")
        told = [text(names, expr)] if expr is not None else []
        told += [".".join(name.split(".")[:2]) for inner in (expr.walk() if expr else ()) for name in inner.references]
        for name in dict.fromkeys(told):
            found.setdefault(name, []).append(at)
    return found


def _names(own: str, expr: Expr) -> bool:
    return any(name == own or name.startswith(own + ".") for inner in expr.walk() for name in inner.references)


def _is_true(block: Block, name: str) -> bool:
    expr = block.body.get(name)
    return expr is not None and expr.is_true
