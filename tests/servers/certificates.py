"""Certificates for servers and clients of tests, made with openssl, and those that this machine trusts."""

import hashlib
import ssl
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

#: Whom a certificate of a server on this machine names; nobody else, not even `localhost`.
ADDRESS = "127.0.0.1"


class Identity(NamedTuple):
    """A certificate and its private key, both files."""

    certificate: Path
    key: Path


def self_signed(folder: Path, name: str) -> Identity:
    """Who trusts its certificate trusts what it signs."""
    return _made(folder, name)


def signed(by: Identity, folder: Path, name: str) -> Identity:
    """For a server or a client."""
    return _made(folder, name, "-CA", str(by.certificate), "-CAkey", str(by.key))


def java_truststore(file: Path) -> Path:
    """Writes whom Python trusts in the format that Java calls JKS, without a Java that would know how."""
    trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
    store = struct.pack(">III", 0xFEEDFEED, 2, len(trusted))
    for number, certificate in enumerate(trusted):
        store += struct.pack(">I", 2) + _java_text(str(number)) + struct.pack(">Q", 0)
        store += _java_text("X.509") + struct.pack(">I", len(certificate)) + certificate
    proof = hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + store, usedforsecurity=False)
    file.write_bytes(store + proof.digest())
    return file


def _java_text(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def _made(folder: Path, name: str, *signature: str) -> Identity:
    made = Identity(folder / f"{name}.crt", folder / f"{name}.key")
    request = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN={name} -addext subjectAltName=IP:{ADDRESS}"
    command = [*request.split(), "-out", str(made.certificate), "-keyout", str(made.key), *signature]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return made
