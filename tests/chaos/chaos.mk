# A fault run of minutes, by root: see README.md.  CHAOS_MESSAGES, CHAOS_SEED and
# CHAOS_SECONDS may be set.
.PHONY: chaos
chaos: mta-sts$(EXEEXT) mta-sts-milter$(EXEEXT)
	MTA_STS=$(abs_builddir)/mta-sts \
	MTA_STS_MILTER=$(abs_builddir)/mta-sts-milter \
		$(abs_srcdir)/tests/internet/private-network \
		/usr/bin/python3 $(abs_srcdir)/tests/chaos/chaos.py
