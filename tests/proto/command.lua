-- The sendmail command: quarantined where others would be deferred.
--conf on_temperror = "defer"
--log verdict domain=x.example result=temperror policy=none reason=dns-failure action=quarantine stage=eom
dofile(os.getenv("STS_LIB"))

local conn = connect()

mail(conn)
rcpt_by_command(conn, "u@x.example")
eom(conn)
accepted(conn)
check(mt.eom_check(conn, MT_QUARANTINE, "mta-sts: x.example: dns-failure"),
    "quarantine")
inserted(conn, "temperror; host=relay.example.org; domain=x.example;\n" ..
    " reason=dns-failure; action=quarantine")

-- Without macros, but with brackets: an smtpd that can be told.
mail(conn)
check(mt.rcptto(conn, "<u@x.example>") == nil, "RCPT")
reply_is(conn, SMFIR_REPLYCODE, "RCPT")
mt.disconnect(conn)
