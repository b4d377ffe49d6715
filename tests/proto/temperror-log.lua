-- By default a lookup that failed is only told.
--log QID: verdict domain=x.example result=temperror policy=none reason=dns-failure action=log stage=eom cached=no
dofile(os.getenv("STS_LIB"))

local conn = connect()

mail(conn)
rcpt(conn, "u@X.Example", "smtp", "X.Example")
eom(conn)
accepted(conn)
inserted(conn, "temperror; host=relay.example.org; domain=x.example;\n" ..
    " reason=dns-failure; action=log")
check(not mt.eom_check(conn, MT_QUARANTINE), "quarantined")
check(string.find(audit_lines()[1], '"result":"temperror"', 1, true),
    "the audit line")
mt.disconnect(conn)
