# The layer core: see milter/README.md.
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES =
