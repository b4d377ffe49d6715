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
