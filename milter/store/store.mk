# The layer store: see milter/README.md.
noinst_LIBRARIES += libstore.a
libstore_a_SOURCES =
