"""The zones of the small Internet, and which of them are signed.

knot serves all and signs by itself; unbound validates with the keys that it
then is given as trust anchors. So it sets AD on what comes from SIGNED, on
nothing from UNSIGNED (whose delegation there has no DS) nor from the root zone
(of which it knows no key), and says SERVFAIL to what comes from FORGED, since
the key it has of that is not the zone's. Which zone a record is in is decided
by its name alone.
"""

import hashlib

from cryptography.hazmat.primitives import serialization
from dns import message, query, rdatatype

ROOT = "."
SIGNED = "signed.test."
UNSIGNED = "unsigned.signed.test."
FORGED = "forged.test."
ZONES = (UNSIGNED, SIGNED, FORGED, ROOT)  # what is below another comes first

KNOT = """
policy:
  - id: signed
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
template:
  - id: default
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
"""

KNOT_ZONE = """
  - domain: {zone}
    file: "{file}"
    dnssec-signing: {signing}
    dnssec-policy: signed
"""


def knot_zones(folder):
    """The part of knot.conf that says what is served and what is signed."""
    signing = {SIGNED: "on", FORGED: "on"}
    return KNOT + "".join(
        KNOT_ZONE.format(
            zone=zone, file=zone_file(folder, zone), signing=signing.get(zone, "off")
        )
        for zone in ZONES
    )


def zone_file(folder, zone):
    return folder / f"{zone.rstrip('.') or 'root'}.zone"


def zone_of(name):
    """The zone of a record of that name, which ends in a dot."""
    return next(
        zone for zone in ZONES if zone in (name, ROOT) or name.endswith(f".{zone}")
    )


def delegations(zone):
    """Lines of a zone file: what is a zone of its own below that one."""
    return [f"{UNSIGNED} NS ns.test."] if zone == SIGNED else []


def trust_anchors(authority):
    """The text of unbound's trust-anchor-file: one true key, and one false."""
    address, port = authority
    answer = query.udp(message.make_query(SIGNED, "DNSKEY"), address, 5, port)
    (keys,) = (each for each in answer.answer if each.rdtype == rdatatype.DNSKEY)
    zones = (SIGNED, FORGED)
    return "".join(f"{zone} DNSKEY {key}\n" for zone in zones for key in keys)


def tlsa(usage, selector, matching_type, certificate):
    """The presentation form of the TLSA record of a certificate."""
    encoding = serialization.Encoding.DER
    if selector == 0:
        data = certificate.public_bytes(encoding)
    else:
        data = certificate.public_key().public_bytes(
            encoding, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    if matching_type != 0:
        data = hashlib.new(("", "sha256", "sha512")[matching_type], data).digest()
    return f"{usage} {selector} {matching_type} {data.hex()}"
