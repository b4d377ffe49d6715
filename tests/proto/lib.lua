-- What the scripts share.  A failure ends the script with an error.

function check(ok, what)
	if not ok then
		error(what, 2)
	end
end

function connect()
	local conn = mt.connect(os.getenv("STS_SOCKET"), 20, 0.1)

	check(conn ~= nil, "connect")
	check(mt.negotiate(conn, nil, nil, nil) == nil, "negotiate")
	return conn
end

function reply_is(conn, expected, what)
	local got = mt.getreply(conn)

	check(got == expected, string.format("%s: reply %s, not %s", what,
	    string.char(got), string.char(expected)))
end

function mail(conn)
	check(mt.mailfrom(conn, "<sender@example.org>") == nil, "MAIL")
	if not mt.test_option(conn, SMFIP_NR_MAIL) then
		reply_is(conn, SMFIR_CONTINUE, "MAIL")
	end
end

-- As smtpd: with macros. `expected` defaults to CONTINUE.
function rcpt(conn, addr, mailer, host, expected)
	mt.macro(conn, SMFIC_RCPT, "i", "QID", "{rcpt_mailer}", mailer,
	    "{rcpt_host}", host, "{rcpt_addr}", addr)
	check(mt.rcptto(conn, "<" .. addr .. ">") == nil, "RCPT " .. addr)
	reply_is(conn, expected or SMFIR_CONTINUE, "RCPT " .. addr)
end

-- As the sendmail command: without macros and brackets.
function rcpt_by_command(conn, addr)
	check(mt.rcptto(conn, addr) == nil, "RCPT " .. addr)
	reply_is(conn, SMFIR_CONTINUE, "RCPT " .. addr)
end

-- `headers` is a list of {name, value}.
function eom(conn, headers)
	if not mt.test_option(conn, SMFIP_NODATA) then
		check(mt.data(conn) == nil, "DATA")
		reply_is(conn, SMFIR_CONTINUE, "DATA")
	end
	for _, h in ipairs(headers or {}) do
		check(mt.header(conn, h[1], h[2]) == nil, "header")
	end
	check(mt.eom(conn) == nil, "end of message")
end

function accepted(conn)
	local got = mt.getreply(conn)

	check(got == SMFIR_CONTINUE or got == SMFIR_ACCEPT,
	    "end of message: reply " .. string.char(got))
end

function inserted(conn, value)
	check(mt.eom_check(conn, MT_HDRINSERT, "MTA-STS-Status", value),
	    "header is not: " .. value .. "\nbut: " ..
	    tostring(mt.getheader(conn, "MTA-STS-Status", 0)))
end

function nothing_inserted(conn)
	check(not mt.eom_check(conn, MT_HDRINSERT), "a header was inserted")
end

-- Lines of the audit file.
function audit_lines()
	local lines = {}

	for line in io.lines(os.getenv("STS_FOLDER") .. "/audit") do
		lines[#lines + 1] = line
	end
	return lines
end
