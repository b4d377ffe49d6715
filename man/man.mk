# Manual pages.
dist_man_MANS += man/mta-sts-milter.conf.5
dist_man_MANS += man/mta-sts.1
dist_man_MANS += man/mta-sts-milter.8
