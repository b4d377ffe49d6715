# The layer report: see milter/README.md.
noinst_LIBRARIES += libreport.a
libreport_a_SOURCES =
