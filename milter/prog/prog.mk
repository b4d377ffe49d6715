# The programs.

# The daemon: all of it but main, so that tests can link it.
noinst_LIBRARIES += libdaemon.a
libdaemon_a_SOURCES = \
	include/sts/prog/background.h \
	include/sts/prog/confine.h \
	include/sts/prog/landlock.h \
	include/sts/prog/notify.h \
	include/sts/prog/precheck.h \
	include/sts/prog/privileges.h \
	include/sts/prog/reload.h \
	include/sts/prog/residence.h \
	include/sts/prog/sandbox.h \
	include/sts/prog/seccomp.h \
	include/sts/prog/service.h \
	include/sts/prog/signals.h \
	include/sts/prog/watchdog.h \
	milter/prog/background.c \
	milter/prog/confine.c \
	milter/prog/landlock.c \
	milter/prog/notify.c \
	milter/prog/precheck.c \
	milter/prog/privileges.c \
	milter/prog/reload.c \
	milter/prog/residence.c \
	milter/prog/sandbox.c \
	milter/prog/seccomp.c \
	milter/prog/service.c \
	milter/prog/signals.c \
	milter/prog/watchdog.c
libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS) $(SYSTEMD_CFLAGS)
daemon_ldadd = libdaemon.a libfront.a libreport.a libengine.a libstore.a \
	libconf.a libcore.a libbase.a $(MILTER_LIBS) $(JANSSON_LIBS) \
	$(CURL_LIBS) $(CARES_LIBS) $(EVENT_LIBS) $(OPENSSL_LIBS) \
	$(STORE_LIBS) $(CONF_LIBS) $(CORE_LIBS) $(SECCOMP_LIBS) $(SYSTEMD_LIBS) \
	$(ZLIB_LIBS)
sbin_PROGRAMS += mta-sts-milter
mta_sts_milter_SOURCES = milter/prog/mta-sts-milter.c
mta_sts_milter_LDADD = $(daemon_ldadd)

# The command: all of it but main, so that tests can link it.
noinst_LIBRARIES += libcmd.a
libcmd_a_SOURCES = \
	include/sts/prog/advice.h \
	include/sts/prog/ask.h \
	include/sts/prog/cache.h \
	include/sts/prog/checkpage.h \
	include/sts/prog/checkparts.h \
	include/sts/prog/checktable.h \
	include/sts/prog/cli.h \
	include/sts/prog/daemon.h \
	include/sts/prog/domainlist.h \
	include/sts/prog/findings.h \
	include/sts/prog/gunzip.h \
	include/sts/prog/held.h \
	include/sts/prog/heldheader.h \
	include/sts/prog/html.h \
	include/sts/prog/dryrun.h \
	include/sts/prog/dryrunparts.h \
	include/sts/prog/generate.h \
	include/sts/prog/js.h \
	include/sts/prog/lint.h \
	include/sts/prog/mailq.h \
	include/sts/prog/outfile.h \
	include/sts/prog/outdir.h \
	include/sts/prog/ownengine.h \
	include/sts/prog/progress.h \
	include/sts/prog/remembered.h \
	include/sts/prog/reportadvice.h \
	include/sts/prog/reportchart.h \
	include/sts/prog/reportfile.h \
	include/sts/prog/reportfind.h \
	include/sts/prog/reporthtml.h \
	include/sts/prog/reportmail.h \
	include/sts/prog/reportread.h \
	include/sts/prog/reportset.h \
	include/sts/prog/reportsummary.h \
	include/sts/prog/reporttext.h \
	include/sts/prog/reporttime.h \
	include/sts/prog/reportvalue.h \
	include/sts/prog/reportview.h \
	include/sts/prog/show.h \
	include/sts/prog/spawn.h \
	include/sts/prog/survey.h \
	include/sts/prog/ui.h \
	milter/prog/advice.c \
	milter/prog/advicetable.c \
	milter/prog/ask.c \
	milter/prog/cachelist.c \
	milter/prog/checkpage.c \
	milter/prog/checkparts.c \
	milter/prog/checktable.c \
	milter/prog/checkwords.c \
	milter/prog/cli.c \
	milter/prog/auditread.c \
	milter/prog/cliconf.c \
	milter/prog/cmd_cache.c \
	milter/prog/cmd_check.c \
	milter/prog/cmd_dryrun.c \
	milter/prog/cmd_generate.c \
	milter/prog/cmd_lint.c \
	milter/prog/cmd_query.c \
	milter/prog/cmd_report_send.c \
	milter/prog/cmd_release.c \
	milter/prog/cmd_report_show.c \
	milter/prog/cmd_status.c \
	milter/prog/commandtable.c \
	milter/prog/daemon.c \
	milter/prog/domainlist.c \
	milter/prog/dryrunadvice.c \
	milter/prog/dryrunexcept.c \
	milter/prog/dryrunjson.c \
	milter/prog/dryrunshow.c \
	milter/prog/dryruntable.c \
	milter/prog/findings.c \
	milter/prog/gunzip.c \
	milter/prog/held.c \
	milter/prog/heldcheck.c \
	milter/prog/heldheader.c \
	milter/prog/heldmta.c \
	milter/prog/heldpostfix.c \
	milter/prog/heldsendmail.c \
	milter/prog/heldshow.c \
	milter/prog/html.c \
	milter/prog/htmlstyle.c \
	milter/prog/htmltable.c \
	milter/prog/generate_check.c \
	milter/prog/generate_domains.c \
	milter/prog/generate_json.c \
	milter/prog/generate_options.c \
	milter/prog/generate_plan.c \
	milter/prog/generate_server.c \
	milter/prog/generate_steps.c \
	milter/prog/generate_tell.c \
	milter/prog/generate_tree.c \
	milter/prog/generate_write.c \
	milter/prog/js.c \
	milter/prog/lint_policy.c \
	milter/prog/lint_txt.c \
	milter/prog/mailq.c \
	milter/prog/outfile.c \
	milter/prog/outdir.c \
	milter/prog/ownengine.c \
	milter/prog/progress.c \
	milter/prog/remembered.c \
	milter/prog/reportadvice.c \
	milter/prog/reportchart.c \
	milter/prog/reportfile.c \
	milter/prog/reportfind.c \
	milter/prog/reporthtml.c \
	milter/prog/reportjson.c \
	milter/prog/reportmail.c \
	milter/prog/reportread.c \
	milter/prog/reportset.c \
	milter/prog/reportsummary.c \
	milter/prog/reporttext.c \
	milter/prog/reporttime.c \
	milter/prog/reportvalue.c \
	milter/prog/reportview.c \
	milter/prog/show.c \
	milter/prog/spawn.c \
	milter/prog/survey.c \
	milter/prog/ui.c
libcmd_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS) $(GMIME_CFLAGS)
cmd_ldadd = libcmd.a libfront.a libreport.a libengine.a libstore.a libconf.a \
	libcore.a libbase.a $(JANSSON_LIBS) $(CURL_LIBS) $(CARES_LIBS) \
	$(EVENT_LIBS) $(OPENSSL_LIBS) $(STORE_LIBS) $(CONF_LIBS) $(CORE_LIBS) \
	$(ZLIB_LIBS) $(GMIME_LIBS)
bin_PROGRAMS += mta-sts
mta_sts_SOURCES = milter/prog/mta-sts.c
mta_sts_LDADD = $(cmd_ldadd)
