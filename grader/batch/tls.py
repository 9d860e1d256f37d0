"""Who may talk to whom on a cluster: TLS with a private authority, and plain connections to this machine only.

Dask's programs send each other code.  So whoever may connect is trusted like the account that runs them, and a
certificate of the course's own authority is what tells them apart: client, scheduler and runners all show one
and all demand one.  A folder made by `make_certificates` holds the authority's certificate, one certificate
for all of them, and its key.  The authority's own key is thrown away: the folder is made anew, never added to.
"""

from __future__ import annotations

import datetime
import errno
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grader.errors import GraderError

if TYPE_CHECKING:
    from distributed.security import Security

FOLDER_VARIABLE = "GRADER_TLS"
ANSWER = 10.0  # seconds in which a scheduler must answer
VALID_DAYS = 3 * 365
HOW = (
    "make certificates once with `grader scheduler --make-certificates FOLDER`, copy the folder to each machine, "
    "and give `--tls FOLDER` to scheduler, runners and autograde"
)


class ClusterError(GraderError):
    """The cluster cannot be used: its address, its certificates, its scheduler."""


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files.

    Parameters
    ----------
    ca : Path
        Certificate of the authority.
    cert, key : Path
        Ours, signed by it.
    """

    ca: Path
    cert: Path
    key: Path

    @classmethod
    def below(cls, folder: Path) -> Certificates:
        """The files of a folder made by `make_certificates`."""
        return cls(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")

    @classmethod
    def chosen(cls, folder: Path | None, settings: dict[str, str] | None = None) -> Certificates | None:
        """Those of `--tls` or ``GRADER_TLS``, else of ``c.Grading.tls``, else none."""
        if folder is not None:
            return cls.below(folder)
        if settings:
            return cls(*(Path(settings[name]).expanduser() for name in ("ca", "cert", "key")))
        return None

    def security(self) -> Security:
        """As dask wants them; raises `ClusterError` where a file cannot be read."""
        from distributed.security import Security

        for path in (self.ca, self.cert, self.key):
            if not os.access(path, os.R_OK):
                raise ClusterError(f"{path} cannot be read; {HOW}")
        if self.key.stat().st_mode & 0o077:
            raise ClusterError(f"{self.key} can be read by others; run `chmod 600 {self.key}`")
        roles = {
            f"tls_{role}_{what}": str(path)
            for role in ("client", "scheduler", "worker")
            for what, path in (("cert", self.cert), ("key", self.key))
        }
        return Security(tls_ca_file=str(self.ca), require_encryption=True, **roles)


def check_address(address: str, certificates: Certificates | None) -> str:
    """An address that may be used: TLS with certificates, or plain TCP on this machine.

    Parameters
    ----------
    address : str
        ``tls://host:port`` or ``tcp://127.0.0.1:port``.
    certificates : Certificates or None

    Returns
    -------
    str
        The address.

    Raises
    ------
    ClusterError
        With what to do.
    """
    try:
        parts = urlsplit(address)
        whole = bool(parts.scheme in ("tls", "tcp") and parts.hostname and parts.port)
    except ValueError:
        whole = False
    if not whole:
        raise ClusterError(f"{address} is no address of a scheduler; write tls://host:port")
    if parts.scheme == "tcp" and not is_loopback(parts.hostname or ""):
        raise ClusterError(f"{address} is not encrypted, and that is allowed on this machine only; {HOW}")
    if parts.scheme == "tls" and certificates is None:
        raise ClusterError(f"{address} needs certificates; {HOW}")
    return address


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own loopback."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def security_for(address: str, certificates: Certificates | None) -> Any:
    """Dask's security settings for an address; None for a plain one.  Raises `ClusterError`."""
    check_address(address, certificates)
    return certificates.security() if certificates and address.startswith("tls:") else None


def knock(address: str, security: Any) -> None:
    """See whether a scheduler answers, and shows a certificate of ours: dask would try for long before it says so.

    Whoever is connected to a scheduler hears from it first.  One that hangs lets its kernel take connections and
    says nothing, and for that word dask's client would wait without end.

    Raises
    ------
    ClusterError
        If nobody listens there, or somebody else, or nothing is said for `ANSWER` seconds.
    """
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), ANSWER) as connection:
            if security is not None:
                context = security.get_connection_args("client")["ssl_context"]
                connection = context.wrap_socket(connection)
            with connection:
                if not connection.recv(1):
                    raise ConnectionResetError(errno.ECONNRESET, "it hangs up")
    except ssl.SSLError as error:
        raise ClusterError(
            f"the scheduler at {address} has a certificate of another authority ({error.reason})"
        ) from None
    except TimeoutError:
        raise ClusterError(f"no scheduler answers at {address} (timed out)") from None
    except OSError as error:
        raise ClusterError(f"no scheduler answers at {address} ({error.strerror or error})") from None


def make_certificates(folder: Path) -> Certificates:
    """Make a private authority and one certificate, readable by their owner only, and kept out of git.

    Raises
    ------
    ClusterError
        If the folder holds certificates already, or `cryptography` is not installed.
    """
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ImportError:
        raise ClusterError(
            "the extra packages are missing: pip install 'autoregrade[grading,cluster]'"
        ) from None
    made = Certificates.below(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC)

    def name(text: str) -> Any:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def unsigned(subject: Any, issuer: Any, key: Any) -> Any:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(hours=1))  # clocks differ
        return builder.not_valid_after(now + datetime.timedelta(days=VALID_DAYS))

    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, ours = name("autoregrade course authority"), name("autoregrade course machine")
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    ca = (
        unsigned(authority, authority, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(x509, signs=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    both = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    cert = (
        unsigned(ours, authority, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(x509, signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(issued_by, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    contents = {made.ca: ca.public_bytes(pem), made.cert: cert.public_bytes(pem), made.key: private}
    for path, content in contents.items():
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            raise ClusterError(f"{path} exists already; choose another folder or remove it") from None
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    with open(folder / ".gitignore", "a") as ignored:  # by name: the folder may hold other things, too
        ignored.writelines(f"/{path.name}\n" for path in (*contents, folder / ".gitignore"))
    return made


def _usage(x509: Any, signs: bool) -> Any:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
