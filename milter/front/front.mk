# The layer front: see milter/README.md.
noinst_LIBRARIES += libfront.a
libfront_a_SOURCES =
