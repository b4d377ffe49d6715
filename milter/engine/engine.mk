# The layer engine: see milter/README.md.
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES =
