"""When an acceptance is a breach.

The rule, for a recipient in a domain, whose RCPT was sent at A and whose
message was told 250 at B (so the decision lies between, and so must the time
of its line in the audit file):

It is a breach unless one of these excuses holds.

    path    At some moment of [A - PATH_LAG, B] one MX host of the domain, of
            those that its policy allows, proved itself. What a probe found
            stands for probe_ttl; the check that rests on it may have begun
            earlier by the time limit of its lookups and probes.
    policy  At some moment of [A - POLICY_LAG, B] the domain published
            something other than enforce. An answer without probes stands for
            60 s, whatever the lifetimes in DNS; before it came its lookups.
    unseen  The domain published something other than enforce at some time
            before, and the policy of now could not be surely learned: at some
            moment of [A - POLICY_LAG, B] resolver, TXT record or policy host
            did not offer it, or its id was one whose fetch may have failed
            (RFC 8461 3.3: such an id may rest for minutes).

A domain that never published anything but enforce has no excuse but the first:
its policy was learned before the faults began, and neither a full disk nor
kill -9 nor a dead resolver may make the daemon forget it.

What is held (quarantined) was not accepted in this sense.

The other way round, a refusal is needless where all this holds:

    - during [A - MARGIN, B] the daemon ran;
    - during [A - PATH_LAG, B] an MX host proved itself at every moment;
    - during [A - POLICY_LAG, B] there was a resolver, and it gave MX records
      with a host that the policy allows. (What they say, or that they could
      not be had, stands for up to 60 s.)
"""

import dataclasses

PATH = "path"
POLICY = "policy"
UNSEEN = "unseen"
EXCUSES = (PATH, POLICY, UNSEEN)

FRESH_WITHOUT_PROBES = 60  # s: STS_FRESH_MIN of engine/check.h
MARGIN = 1  # s: records in the resolver, and a busy machine


@dataclasses.dataclass(frozen=True)
class Lags:
    """How old what a decision rests on may be, in seconds."""

    path: float
    policy: float

    @classmethod
    def of(cls, options):
        """From the daemon's configuration: TXT, MX, and two hosts in turn."""
        lookups = 2 * options["dns_timeout"]
        probes = 2 * options["probe_timeout"]
        fetch = options["dns_timeout"] + options["fetch_timeout"]
        return cls(
            path=options["probe_ttl"] + lookups + probes + MARGIN,
            policy=FRESH_WITHOUT_PROBES + lookups + fetch + MARGIN,
        )


class Rule:
    """The rule above, over one history."""

    def __init__(self, history, lags):
        self._history = history
        self._lags = lags

    def excuse(self, domain, asked, told):
        """Why a message may be accepted, one of EXCUSES; "" if it may not."""
        track = self._history.domains[domain]
        since = asked - self._lags.policy
        if any(state.mode != "enforce" for state in track.during(since, told)):
            return POLICY
        if any(s.path_is_good for s in track.during(asked - self._lags.path, told)):
            return PATH
        weaker = any(state.mode != "enforce" for state in track.during(0, told))
        if weaker and not self._surely_learned(track, since, told):
            return UNSEEN
        return ""

    def is_calm(self, domain, asked, told):
        """Whether a refusal has no reason at all."""
        track = self._history.domains[domain]
        since = asked - self._lags.policy
        return (
            all(self._history.daemon.during(asked - MARGIN, told))
            and all(s.path_is_good for s in track.during(asked - self._lags.path, told))
            and all(self._history.resolver.during(since, told))
            and all(state.mx_is_allowed for state in track.during(since, told))
        )

    def _surely_learned(self, track, since, told):
        states = track.during(since, told)
        numbers = {state.number for state in states}
        of_these_ids = [s for s in track.during(0, told) if s.number in numbers]
        resolver = self._history.resolver.during(since, told)
        return all(resolver) and all(s.policy_is_offered for s in of_these_ids)
