"""The domains of the fault run, and what can be wrong with each.

Four kinds:

    steady    enforces, always: what changes are its faults
    changing  goes from enforce to testing, to none and back, and has faults
    testing   has faults, which must never hold mail
    plain     has no policy, and faults
"""

import dataclasses

from internet import world
from internet.world import Mx

KINDS = {"steady": 12, "changing": 5, "testing": 2, "plain": 3}
MATCHING = ("mx1", "mx2")  # hosts that every policy here allows
STRAY = "stray"  # one that none does
GOOD_CERTIFICATES = ("", "wildcard", "intermediate")


@dataclasses.dataclass(frozen=True)
class State:
    """What one domain is like for a while."""

    name: str
    mode: str = "enforce"  # or "": no policy was ever published
    number: int = 1  # of the policy, which makes its id
    txt: str = ""  # gone, servfail, timeout
    https: str = ""  # a fault of policyhost.py
    https_certificate: str = ""  # a fault of pki.py
    mx: tuple = (Mx("mx1"),)
    mx_failure: str = ""  # servfail

    def row(self):
        """The same as a row of the table of domains."""
        allowed = [f"{label}.{self.name}" for label in MATCHING]
        absent = not self.mode or self.txt == "gone"
        return world.Domain(
            self.name,
            "",
            txt=() if absent else (f"v=STSv1; id={self.number};",),
            txt_failure="" if self.txt == "gone" else self.txt,
            https=self.https,
            https_certificate=self.https_certificate,
            https_address=None if self.mode else "",
            text=world.policy(*allowed, mode=self.mode),
            mx=self.mx,
            mx_failure=self.mx_failure,
        )

    @property
    def path_is_good(self):
        """Some MX host that the policy allows proves itself."""
        return not self.mx_failure and any(
            mx.name in MATCHING
            and not mx.fault
            and mx.certificate in GOOD_CERTIFICATES
            for mx in self.mx
        )

    @property
    def mx_is_allowed(self):
        """Its MX records can be had, and the policy allows one of them."""
        return not self.mx_failure and any(mx.name in MATCHING for mx in self.mx)

    @property
    def policy_is_offered(self):
        """Who looks for the policy finds it."""
        return not (self.txt or self.https or self.https_certificate)


def all_domains():
    """Every domain as it is in the beginning: without a fault, by name."""
    mode = {"steady": "enforce", "changing": "enforce", "testing": "testing"}
    return {
        f"{kind}{number}.test": State(f"{kind}{number}.test", mode.get(kind, ""))
        for kind, count in KINDS.items()
        for number in range(1, count + 1)
    }


def kind_of(name):
    return name.partition(".")[0].rstrip("0123456789")
