"""Ports of 127.0.0.1, each for one thing."""

# Of Postfix: smtpd ...
RELAY = 2524  # without a milter
DEFAULT = 2525  # with the daemon as it is by default
TAGGING = 2526  # with the one that lets all pass, and tags
OWN = 2527  # with a test's own daemon
OWN_BY_UNIX = 2528  # with one, by a unix socket

# Of the daemons: milter sockets.
DEFAULT_MILTER = 8463
TAGGING_MILTER = 8464
OWN_MILTER = 8465
OTHER_MILTERS = 8470  # and those that follow
