# Samples for the admin.

# The configuration goes where the programs look; one that is there stays.
EXTRA_DIST += etc/mta-sts-milter.conf
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)"
	test -e "$(DESTDIR)$(sysconfdir)/mta-sts-milter.conf" || \
		$(INSTALL_DATA) "$(srcdir)/etc/mta-sts-milter.conf" \
		"$(DESTDIR)$(sysconfdir)/mta-sts-milter.conf"
# Only one that nobody has changed is taken away.
uninstall-local:
	! cmp -s "$(srcdir)/etc/mta-sts-milter.conf" \
		"$(DESTDIR)$(sysconfdir)/mta-sts-milter.conf" || \
		rm -f "$(DESTDIR)$(sysconfdir)/mta-sts-milter.conf"

# For who publishes a policy.
EXTRA_DIST += etc/from-none-to-enforce.md

# Lines for the MTA's own configuration, and for logrotate.
EXTRA_DIST += etc/postfix-main.cf etc/sendmail.mc etc/mta-sts-milter.logrotate

# The systemd unit knows where the daemon is installed.
EXTRA_DIST += etc/mta-sts-milter.service.in
CLEANFILES += etc/mta-sts-milter.service
etc/mta-sts-milter.service: etc/mta-sts-milter.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && sed \
		-e 's|@bindir[@]|$(bindir)|' \
		-e 's|@sbindir[@]|$(sbindir)|' \
		-e 's|@UNIT_TYPE[@]|$(UNIT_TYPE)|' \
		-e 's|@UNIT_FOREGROUND[@]|$(UNIT_FOREGROUND)|' \
		-e 's|@UNIT_WATCHDOG[@]|$(UNIT_WATCHDOG)|' \
		"$(srcdir)/etc/mta-sts-milter.service.in" >$@
if INSTALL_UNIT
systemdsystemunit_DATA = etc/mta-sts-milter.service
endif
