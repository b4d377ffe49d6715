"""Certificates with every fault that a sender has to see.

Two authorities: the one that the tests have the programs trust, and one that
nobody trusts. A certificate is asked for by its names and by what is wrong
with it, is made on first use, and stays in the folder.
"""

import datetime
import threading
import zlib
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)

# What a page about strangers must show as it is, and never obey.
MARKUP = "</pre><script>hacked=1</script><img src=//evil.test/x onerror=hacked=2>"

# fault -> what it means; "" is a certificate without one.
FAULTS = {
    "": "issued by the trusted authority for exactly the names asked",
    "expired": "ended yesterday",
    "not-yet-valid": "begins tomorrow",
    "self-signed": "its own issuer",
    "untrusted": "issued by an authority that nobody trusts",
    "other-name": "names another host",
    "cn-only": "the host is in the subject's CN and there is no SAN",
    "wildcard": "names *.parent instead of the host",
    "wildcard-parent": "names *.grandparent, a label too high",
    "intermediate": "issued by an intermediate, which is sent along",
    "markup": "names and subject are HTML",
    "no-intermediate": "issued by an intermediate, which is not sent",
}


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """A key that signs, and its certificate."""

    def __init__(self, name, issuer=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(name)
        signer = issuer or self
        basic = x509.BasicConstraints(ca=True, path_length=None)
        life = (-30 * DAY, 900 * DAY)
        self.certificate = (
            _builder(self.name, self.key, signer.name, signer.key, life)
            .add_extension(basic, critical=True)
            .sign(signer.key, hashes.SHA256())
        )


def _builder(subject, key, issuer, issuer_key, life):
    now = datetime.datetime.utcnow()
    public, signer = key.public_key(), issuer_key.public_key()
    key_id = x509.SubjectKeyIdentifier.from_public_key(public)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + life[0])
        .not_valid_after(now + life[1])
        .add_extension(key_id, critical=False)
        .add_extension(issuer_id, critical=False)
    )


class Pki:
    """All the certificates of one small Internet."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.trusted = Authority("Test Root")
        self.untrusted = Authority("Root That Nobody Trusts")
        self.intermediate = Authority("Test Intermediate", self.trusted)
        # One key for all leaves: making keys is what costs time.
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca_file = self.folder / "ca.pem"
        self.ca_file.write_bytes(_pem(self.trusted.certificate))
        self._lock = threading.Lock()

    def certificate(self, *names, fault=""):
        """Path of a PEM file with key and chain for these DNS names."""
        others = zlib.crc32(" ".join(names).encode())
        path = self.folder / f"{names[0][:99]}+{others:08x}+{fault}.pem"
        with self._lock:
            if not path.exists():
                path.write_bytes(self._make(names, fault))
        return path

    def _make(self, names, fault):
        if fault not in FAULTS:
            raise ValueError(f"no such certificate fault: {fault}")
        issuer = self._issuer(fault)
        issuer_key = issuer.key if issuer else self.key
        subject = _name((MARKUP if fault == "markup" else names[0])[:64])
        builder = _builder(
            subject,
            self.key,
            issuer.name if issuer else subject,
            issuer_key,
            _life(fault),
        ).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        if fault != "cn-only":
            dns_names = [x509.DNSName(name) for name in _san(names, fault)]
            builder = builder.add_extension(
                x509.SubjectAlternativeName(dns_names), critical=False
            )
        chain = _pem(builder.sign(issuer_key, hashes.SHA256()))
        if fault == "intermediate":
            chain += _pem(issuer.certificate)
        return self._key_pem() + chain

    def _issuer(self, fault):
        return {
            "self-signed": None,
            "untrusted": self.untrusted,
            "intermediate": self.intermediate,
            "no-intermediate": self.intermediate,
        }.get(fault, self.trusted)

    def _key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def _life(fault):
    if fault == "expired":
        return -10 * DAY, -DAY
    if fault == "not-yet-valid":
        return DAY, 90 * DAY
    return -10 * DAY, 90 * DAY


def _san(names, fault):
    if fault == "markup":
        return [MARKUP]
    if fault == "other-name":
        return ["somebody-else.test"]
    if fault == "wildcard":
        return ["*." + name.split(".", 1)[1] for name in names]
    if fault == "wildcard-parent":
        return ["*." + name.split(".", 2)[2] for name in names]
    return names
