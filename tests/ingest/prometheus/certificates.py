"""An authority of a test's own, and what it signs."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """``pem``: its certificate, as one would enter it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("a test's authority")
        made = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(True, 0), critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self._own = made.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.pem = self._own.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, host: str) -> tuple[str, str]:
        """A certificate for a host's name or address, and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            place: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            place = x509.DNSName(host)
        made = self._builder(_name(host), key).add_extension(x509.SubjectAlternativeName([place]), critical=False)
        certificate = made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
        held = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate, held.decode()

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
