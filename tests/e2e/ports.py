"""Ports of 127.0.0.1, each for one thing."""

# Of Postfix: smtpd ...
RELAY = 2524  # without a milter
DEFAULT = 2525  # with the daemon as it is by default
TAGGING = 2526  # with the one that lets all pass, and tags
OWN = 2527  # with a test's own daemon
OWN_BY_UNIX = 2528  # with one, by a unix socket
MAPPED = 2541  # that asks the socketmap; with the milter
MAPPED_HOLDING = 2542  # and what the milter lets pass is held
MAPPED_UNASKED = 2543  # without the milter
DANE = 2544  # that asks the socketmap of one with DANE

# Of the daemons: milter sockets.
DEFAULT_MILTER = 8463
TAGGING_MILTER = 8464
OWN_MILTER = 8465
MAPPED_MILTER = 8466
DANE_MILTER = 8467
OTHER_MILTERS = 8470  # and those that follow
