# The layer conf: see milter/README.md.
noinst_LIBRARIES += libconf.a
libconf_a_SOURCES =
