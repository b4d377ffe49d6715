"""Ports of 127.0.0.1, each for one thing.

Postfix listens there; Sendmail at the same ones of 127.0.0.2.
"""

# Of the mail servers: services ...
RELAY = 2524  # without a milter
DEFAULT = 2525  # as the samples have it, with the daemon as it is by default
TAGGING = 2526  # with one that lets all pass, and tags; all stays in the queue
OWN = 2527  # with a test's own daemon
OTHERWISE = 2528  # with one, by the kind of socket that DEFAULT has not
ROUTED = 2529  # with routes of its own
PROGRESS = 2531  # of less patience than the milter needs for a message
LATE = 2532  # of a little more than it needs for a recipient
TOO_LATE = 2533  # of less than it needs for a recipient
PINNED = 2534  # without a milter, with the socketmap
FORLORN = 2535  # with the socketmap of nobody
MAPPED = 2541  # that asks the socketmap; with the milter
MAPPED_HOLDING = 2542  # and what the milter lets pass is held
MAPPED_UNASKED = 2543  # without the milter
DANE = 2544  # that asks the socketmap of one with DANE
PLAIN_HOLDING = 2546  # without a milter, and all is held
REPORTS = 2547  # that has a transport for TLS reports
CHAOS = 2545  # of the fault run

# Of the daemons: sockets for TLS policies ...
DEFAULT_MAP = 8457
SENDMAIL_MAP = 8458

# ... and for milters.
DEFAULT_MILTER = 8463
TAGGING_MILTER = 8464
OWN_MILTER = 8465
MAPPED_MILTER = 8466
DANE_MILTER = 8467
CHAOS_MILTER = 8468
OTHERWISE_MILTER = 8469
OTHER_MILTERS = 8470  # and those that follow
