"""A host of repositories on loopback, over TLS, by git's own server; and repositories that no honest git would make."""

import hashlib
import os
import ssl
import subprocess
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

EXEC_PATH = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip())
FILE, LINK, FOLDER, SUBMODULE = "100644", "120000", "40000", "160000"
Item = tuple[str, bytes, str]  # mode, name, id


class Made:
    """A bare repository whose objects are written as given, checked by nobody."""

    def __init__(self, path: Path, form: str = "sha1") -> None:
        self.path = path
        self._hash = getattr(hashlib, form)
        git("init", "-q", "--bare", f"--object-format={form}", "-b", "main", str(path))
        self.config("uploadpack.allowFilter", "true")
        self.config("http.receivepack", "false")

    def config(self, name: str, value: str) -> None:
        git("--git-dir", str(self.path), "config", name, value)

    def write(self, kind: str, data: bytes) -> str:
        whole = f"{kind} {len(data)}".encode() + b"\0" + data
        name = str(self._hash(whole).hexdigest())
        place = self.path / "objects" / name[:2] / name[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zlib.compress(whole, 1))
        return name

    def blob(self, data: bytes) -> str:
        return self.write("blob", data)

    def tree(self, items: Iterable[Item]) -> str:
        """Entries as git sorts them, whatever their names."""
        rows = sorted(items, key=lambda item: item[1] + (b"/" if item[0] == FOLDER else b""))
        return self.write("tree", b"".join(f"{m} ".encode() + n + b"\0" + bytes.fromhex(i) for m, n, i in rows))

    def commit(self, tree: str, message: bytes = b"A commit.\n", author: bytes = b"A <a@example.com>") -> str:
        line = author + b" 1700000000 +0000\n"
        text = b"tree " + tree.encode() + b"\nauthor " + line + b"committer " + line + b"\n" + message
        commit = self.write("commit", text)
        (self.path / "refs" / "heads" / "main").write_text(commit + "\n")
        return commit

    def files(self, files: dict[bytes, bytes]) -> str:
        """A commit of files by their names, none in a folder."""
        return self.commit(self.tree((FILE, name, self.blob(data)) for name, data in files.items()))


def git(*arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], check=True, env=environment, capture_output=True)


@dataclass
class Host:
    """``root``: the folder of repositories. ``moved``: paths that lead elsewhere. ``requests``: what was asked."""

    root: Path
    authority: Path
    port: int = 0
    moved: dict[str, str] = field(default_factory=dict)
    stalled: set[str] = field(default_factory=set)
    noisy: set[str] = field(default_factory=set)
    requests: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, name: str) -> str:
        return f"https://127.0.0.1:{self.port}/{name}"

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def make(self, name: str, form: str = "sha1") -> Made:
        return Made(self.root / name, form)


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    """A host that serves ``folder``/repositories until the context ends."""
    certificate, key = _certificate(folder)
    host = Host(folder / "repositories", certificate)
    host.root.mkdir()

    class Handler(_Handler):
        served = host

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    served: Host

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, *arguments: Any) -> None:
        return

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        name = path.strip("/").split("/")[0]
        self.served.requests.append((path, self.headers.get("Authorization", "")))
        try:
            if name in self.served.moved:
                self.send_response(302)
                self.send_header("Location", self.served.moved[name] + path.removeprefix(f"/{name}"))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif name in self.served.stalled | self.served.noisy:
                self._drip(b"0" if name in self.served.stalled else b"#" * (1 << 16))
            else:
                self._serve(path, query, body)
        except (BrokenPipeError, ConnectionError, ssl.SSLError):
            self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            chunks = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                chunks += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return chunks
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _drip(self, chunk: bytes) -> None:
        """An answer without end: a byte now and then, or as much as the other side takes."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
        self.end_headers()
        while not self.served.over.wait(0.05 if len(chunk) == 1 else 0):
            self.wfile.write(chunk)

    def _serve(self, path: str, query: str, body: bytes) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_PROJECT_ROOT": str(self.served.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(
            [EXEC_PATH / "git-http-backend"], check=False, input=body, env=environment, capture_output=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in lines if name == "Status"), 200)
        self.send_response(status)
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("git.example")]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "authority.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private
