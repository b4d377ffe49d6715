#!/usr/bin/env python3
"""mta-sts generate: options, files, ids and order, all without a network."""

import fcntl
import os
import re
import subprocess
import tempfile
import time
import unittest

from cli import MTA_STS, PATIENCE, Case, run

MX = "mx1.example.com"
POLICY = "mta-sts.example.com/.well-known/mta-sts.txt"

# Thousands of small files, flushed: not to a disk that others use too.
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"


class Generate(Case):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"
        self.conf = self.configuration()

    def generate(self, *arguments, status=0, out=True, **keywords):
        """What it says as JSON."""
        where = ["--out", str(self.out)] if out else []
        command = ["-c", self.conf, "generate", "--json", *arguments, *where]
        return self.json(run(*command, **keywords), status)

    def one(self, *arguments, **keywords):
        """The same of example.com alone: what became of it."""
        return self.generate("example.com", *arguments, **keywords)["domains"][0]

    def read(self, name):
        return (self.out / name).read_bytes().decode()

    def records(self):
        return [line for line in self.read("records.zone").splitlines() if line[:1] not in ("", ";")]

    def files(self):
        return {
            str(path.relative_to(self.out)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in self.out.rglob("*")
            if path.is_file()
        }

    def lint(self):
        """Both halves of what is there: the policies, and the records."""
        for path in self.out.rglob("mta-sts.txt"):
            data = self.json(run("lint", "--json", str(path)), 0)
            self.assertEqual((data["errors"], data["warnings"]), ([], []), path)
        for line in self.records():
            if line.startswith("_mta-sts."):
                text = "".join(re.findall(r'"([^"]*)"', line))
                self.json(run("lint", "--json", "--txt", text), 0)


class Files(Generate):
    def test_what_is_written(self):
        found = self.one("--mx", MX, "--rua", "mailto:tls@example.com")
        self.assertEqual(
            self.read(POLICY),
            f"version: STSv1\r\nmode: testing\r\nmx: {MX}\r\nmax_age: 86400\r\n",
        )
        self.assertEqual(self.read(POLICY), found["policy"])
        self.assertEqual(
            self.records(),
            [
                f'_mta-sts.example.com. 3600 IN TXT "v=STSv1; id={found["id"]};"',
                '_smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"',
            ],
        )
        self.assertEqual(self.records(), found["records"])
        self.assertEqual(set(self.files()), {POLICY, "records.zone", "nginx.conf"})
        self.assertRegex(found["id"], "^[0-9A-Za-z]{1,32}$")
        self.assertEqual(found["change"], "new")
        self.lint()

    def test_they_are_for_all_to_read(self):
        old = os.umask(0o077)
        try:
            self.one("--mx", MX)
        finally:
            os.umask(old)
        for path in self.out.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o644 if path.is_file() else 0o755, path)

    def test_every_mode_lints(self):
        for mode in "testing", "enforce", "none":
            for mx in [MX], [MX, "*.example.net"]:
                hosts = [word for host in mx for word in ("--mx", host)]
                self.one("--mode", mode, "--offline", *hosts)
                self.lint()

    def test_a_cname_for_many_domains_in_one_place(self):
        self.one("--mx", MX, "--host-at", "Policies.Example.NET.")
        self.assertIn("mta-sts.example.com. 3600 IN CNAME policies.example.net.", self.records())

    def test_u_labels(self):
        found = self.generate("bücher.example", "--mx", "*.bücher.example", "--mx", "Mx.Example.")
        (domain,) = found["domains"]
        self.assertEqual(domain["domain"], "xn--bcher-kva.example")
        self.assertEqual(domain["mx"], ["*.xn--bcher-kva.example", "mx.example"])

    def test_hosts_may_stand_behind_the_domain(self):
        for hosts in (
            ["--mx", "a.example", "--mx", "b.example"],
            ["--mx", "a.example", "b.example"],
            ["--mx", "a.example,b.example"],
            ["--mx", "a.example, a.example,b.example"],
        ):
            self.assertEqual(self.one(*hosts)["mx"], ["a.example", "b.example"])

    def test_what_goes_away_without_update_is_told(self):
        told = ["--mode", "enforce", "--offline", "--rua", "mailto:a@example.com", "--host-at", "p.example"]
        self.assertEqual(self.one("--mx", MX, *told)["findings"], [])
        found = self.one("--mx", MX)["findings"]
        self.assertEqual({each["severity"] for each in found}, {"warning"})
        for each, words in zip(found, ("mode enforce", "_smtp._tls", "CNAME record"), strict=True):
            self.assertIn(f"{words} goes away", each["message"])
        self.one("--mx", MX, *told)
        self.assertEqual(self.one("--update")["findings"], [])
        self.assertEqual(self.one("--mx", MX, "--mode", "testing", *told[3:])["findings"], [])

    def test_update_of_a_domain_that_is_not_there(self):
        self.one("--mx", MX)
        done = run("generate", "exmaple.com", "--update", "--out", self.out)
        self.check(done, 64, out="", errors="exmaple.com is not in the folder yet")
        self.check(run("generate", "example.com", "--out", self.out), 64, errors=" which MX hosts? --mx HOST")

    def test_an_address_for_reports_is_no_uri(self):
        done = run("generate", "example.com", "--mx", MX, "--rua", "tls@example.com")
        self.check(done, 64, out="", errors="nor an https: URI; put mailto: before it")

    def test_a_pipe_in_the_folder_is_not_waited_for(self):
        self.one("--mx", MX)
        (self.out / "records.zone").unlink()
        os.mkfifo(self.out / "records.zone")
        done = run("generate", "example.com", "--mx", MX, "--out", self.out)
        self.check(done, 66, errors="records.zone cannot be read: Invalid argument")

    def test_a_host_is_not_taken_for_the_domain(self):
        done = run("generate", "--mx", "a.example", "b.example", "example.com")
        self.check(done, 64, out="", errors="which is the domain, b.example? Put it before --mx")
        done = run("generate", "example.com", "b.example", "--mx", "a.example")
        self.check(done, 64, out="", errors="an operand too many: b.example")
        done = run("generate", "--mx", "a.example", "--mx", "b.example", "example.com")
        self.check(done, 0, out="example.com: new", errors="")

    def test_long_records_are_split(self):
        uri = "https://reports.example/" + "x" * 300
        self.one("--mx", MX, "--rua", uri, "--rua", "mailto:a@example.com")
        (line,) = [line for line in self.records() if "_smtp._tls" in line]
        strings = re.findall(r'"([^"]*)"', line)
        self.assertEqual("".join(strings), f"v=TLSRPTv1; rua={uri},mailto:a@example.com")
        self.assertEqual([len(each) for each in strings[:-1]], [255] * (len(strings) - 1))

    def test_servers(self):
        for server, name in ("nginx", "nginx.conf"), ("apache", "apache.conf"), ("caddy", "Caddyfile"):
            self.one("--mx", MX, "--server", server)
            text = self.read(name)
            self.assertIn("mta-sts.example.com", text)
            self.assertIn(str(self.out), text)
            self.assertNotIn("return 30", text)
        self.assertNotIn("tls ", self.read("Caddyfile"))
        self.one("--mx", MX, "--server", "nginx", "--certs", "/etc/certs")
        self.assertIn("ssl_certificate /etc/certs/mta-sts.example.com/fullchain.pem;", self.read("nginx.conf"))
        self.generate("other.example", "--mx", MX)  # remembers where they are, and the other servers
        self.assertIn("/etc/certs/mta-sts.other.example/privkey.pem", self.read("nginx.conf"))
        self.assertIn("mta-sts.other.example", self.read("apache.conf"))

    def test_without_out_it_prints(self):
        done = run("generate", "example.com", "--mx", MX, "--rua", "https://r.example/x")
        self.check(done, 0, out=f"\nversion: STSv1\nmode: testing\nmx: {MX}\nmax_age: 86400\n", errors="")
        self.check(done, 0, out='\n_mta-sts.example.com. 3600 IN TXT "v=STSv1; id=')
        self.check(done, 0, out='\n_smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; rua=https://r.example/x"\n')
        self.check(done, 0, out="In this order:\n")
        found = self.one("--mx", MX, out=False)
        self.assertIn("mode: testing", found["policy"])
        self.assertFalse(self.out.exists())


class Changes(Generate):
    def test_the_id_changes_exactly_when_the_policy_does(self):
        first = self.one("--mx", MX)
        files = self.files()
        again = self.one("--mx", MX)
        self.assertEqual((again["id"], again["change"]), (first["id"], "none"))
        self.assertEqual(self.files(), files, "not even touched")
        ids = [first["id"]]
        for arguments in (
            ["--max-age", "90000"],
            ["--mx", "mx2.example.com"],
            [],
            ["--mode", "enforce", "--offline"],
            ["--mode", "none"],
            [],
        ):
            found = self.one("--mx", MX, *arguments)
            self.assertEqual((found["change"], found["previous_id"]), ("policy", ids[-1]))
            self.assertEqual(self.one("--mx", MX, *arguments)["id"], found["id"])
            self.assertGreater(found["id"], ids[-1])
            ids.append(found["id"])
        self.assertEqual(len(set(ids)), len(ids))

    def test_records_beside_it_leave_the_id(self):
        first = self.one("--mx", MX)
        found = self.one("--mx", MX, "--rua", "mailto:a@example.com")
        self.assertEqual((found["id"], found["change"]), (first["id"], "records"))

    def test_update_keeps_what_is_not_said(self):
        first = self.one("--mx", MX, "--max-age", "90000", "--rua", "mailto:a@example.com", "--host-at", "p.example")
        found = self.one("--update")
        self.assertEqual((found["change"], found["records"]), ("none", first["records"]))
        self.assertEqual(self.one("--update")["id"], first["id"])
        found = self.one("--update", "--mode", "enforce", "--offline")
        self.assertEqual((found["mode"], found["mx"], found["max_age"]), ("enforce", [MX], 604800))
        self.assertEqual(found["records"][1:], first["records"][1:])
        self.assertEqual(self.one("--update", "--offline")["change"], "none")

    def test_the_order_is_told(self):
        self.one("--mx", MX, "--mode", "enforce", "--offline", "--max-age", "1209600")
        steps = self.generate("example.com", "--update", "--mx", "mx2.example.com", "--offline")["steps"]
        text = "\n".join(steps)
        self.assertLess(text.index("Serve the policy first"), text.index("Only then publish the records"))
        self.assertIn("1 hour", text)  # the TTL
        self.assertIn("14 days", text)  # the old max_age
        done = run("-c", self.conf, "generate", "example.com", "--update", "--offline", "--mode", "none", "--out", self.out)
        self.check(done, 0, out="  1. Serve the policy first")

    def test_other_domains_stay(self):
        self.generate("b.example", "--mx", MX, "--rua", "mailto:a@b.example")
        before = self.records()
        self.generate("a.example", "--mx", MX)
        self.assertEqual(self.records()[1:], before)
        self.assertIn("mta-sts.b.example", self.read("nginx.conf"))
        self.generate("a.example", "--mx", "other.example")
        self.assertEqual(self.records()[1:], before)

    def test_a_run_that_was_cut_short(self):
        """The policy is there, and the id is still the one before."""
        first = self.one("--mx", MX)
        zone = self.read("records.zone")
        second = self.one("--mx", "mx2.example.com")
        (self.out / "records.zone").write_text(zone)
        found = self.one("--mx", "mx2.example.com")
        self.assertEqual(found["change"], "policy")
        self.assertGreater(found["id"], first["id"])
        self.assertEqual(found["policy"], second["policy"])

    def test_a_policy_changed_by_hand(self):
        first = self.one("--mx", MX)
        (self.out / POLICY).write_text("version: STSv1\nmode: none\nmax_age: 1\n")
        found = self.one("--mx", MX)
        self.assertEqual((found["change"], self.read(POLICY)), ("policy", first["policy"]))
        (self.out / POLICY).unlink()
        self.assertEqual(self.one("--mx", MX)["change"], "none")
        self.assertEqual(self.read(POLICY), first["policy"])

    def test_an_id_from_the_future_is_not_used_twice(self):
        first = self.one("--mx", MX)
        path = self.out / "records.zone"
        path.write_text(path.read_text().replace(first["id"], "29991231T235959"))
        self.assertEqual(self.one("--mx", "mx2.example.com")["id"], "29991231T235960")

    def test_a_line_that_is_not_ours(self):
        self.one("--mx", MX)
        path = self.out / "records.zone"
        lines = len(path.read_text().splitlines())
        with path.open("a") as file:
            file.write("www.example.com. A 192.0.2.1\n")
        before = self.files()
        done = run("generate", "example.com", "--mx", "mx2.example.com", "--out", self.out)
        self.check(done, 1, errors=f"{path}:{lines + 1}: ")
        self.assertEqual(self.files(), before)


class Removal(Generate):
    def test_by_way_of_mode_none(self):
        self.one("--mx", MX, "--mode", "enforce", "--offline", "--host-at", "p.example")
        self.generate("other.example", "--mx", MX)
        now = time.time()
        data = self.generate("example.com", "--remove")
        (found,) = data["domains"]
        self.assertEqual((found["mode"], found["max_age"], found["mx"]), ("none", 86400, []))
        self.assertEqual(found["change"], "policy")
        until = time.mktime(time.strptime(found["earlier_until"] + " UTC", "%Y-%m-%dT%H:%M:%SZ %Z")) - time.timezone
        self.assertLess(abs(until - now - 604800), 60)
        self.assertTrue(any(found["earlier_until"] in step for step in data["steps"]))
        self.lint()
        # Not before senders have forgotten the policy from before.
        before = self.files()
        (found,) = self.generate("example.com", "--remove", status=1)["domains"]
        self.assertEqual(found["change"], "refused")
        self.assertEqual(self.files(), before)
        path = self.out / "records.zone"
        path.write_text(re.sub(r"earlier=\d+", f"earlier={int(now) - 1}", path.read_text()))
        (found,) = self.generate("example.com", "--remove")["domains"]
        self.assertEqual(found["change"], "removed")
        self.assertFalse((self.out / "mta-sts.example.com").exists())
        self.assertNotIn("example.com", self.read("records.zone").replace("mx1.example.com", ""))
        self.assertNotIn("mta-sts.example.com", self.read("nginx.conf"))
        self.assertIn("_mta-sts.other.example.", self.read("records.zone"))

    def test_the_longest_of_all_earlier_policies_counts(self):
        self.one("--mx", MX, "--mode", "enforce", "--offline", "--max-age", "31557600")
        first = self.one("--mx", MX, "--mode", "enforce", "--offline", "--max-age", "604800")
        found = self.generate("example.com", "--remove")["domains"][0]
        self.assertEqual(found["earlier_until"], first["earlier_until"])

    def test_what_is_not_there(self):
        self.one("--mx", MX)
        found = self.generate("other.example", "--remove", status=1)["domains"][0]
        self.assertEqual(found["change"], "refused")

    def test_force(self):
        self.one("--mx", MX)
        self.one("--remove")
        self.assertEqual(self.one("--remove", "--force")["change"], "removed")


class Refusal(Generate):
    def test_enforce_that_cannot_be_proven(self):
        """Nobody answers DNS here."""
        data = self.generate("example.com", "--mx", MX, "--mode", "enforce", status=1)
        self.assertEqual(data["domains"][0]["change"], "refused")
        self.assertTrue(data["domains"][0]["checked"])
        self.assertIn("cannot be told", data["domains"][0]["findings"][0]["message"])
        self.assertFalse(self.out.exists())
        done = run("-c", self.conf, "generate", "example.com", "--mx", MX, "--mode", "enforce")
        self.check(done, 1, errors="--offline")
        self.assertNotIn(b"v=STSv1", done.stdout)

    def test_offline_says_so(self):
        arguments = ["generate", "example.com", "--mx", MX, "--mode", "enforce", "--offline"]
        self.check(run("-c", self.conf, *arguments), 0, out="not checked")
        self.assertIs(self.one("--mx", MX, "--mode", "enforce", "--offline")["checked"], False)

    def test_force(self):
        found = self.one("--mx", MX, "--mode", "enforce", "--force")
        self.assertEqual((found["change"], found["checked"]), ("new", True))
        self.assertEqual(found["findings"][0]["severity"], "error")

    def test_testing_asks_nobody(self):
        self.assertIs(self.one("--mx", MX)["checked"], False)

    def test_no_dns_no_hosts(self):
        for force in [], ["--force"]:
            found = self.one("--from-dns", *force, status=1)
            self.assertEqual(found["change"], "refused")

    def test_short_max_age_is_told(self):
        found = self.one("--mx", MX, "--mode", "enforce", "--offline", "--max-age", "86400")
        self.assertIn("shorter than a week", found["findings"][0]["message"])

    def test_a_folder_at_work_is_left_alone(self):
        self.out.mkdir()
        fd = os.open(self.out, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            done = run("generate", "example.com", "--mx", MX, "--out", self.out)
        finally:
            os.close(fd)
        self.check(done, 74, errors="another mta-sts generate")

    def test_what_cannot_be_written(self):
        (self.folder / "file").write_text("")
        done = run("generate", "example.com", "--mx", MX, "--out", self.folder / "file")
        self.check(done, 74, errors=str(self.folder / "file"))
        done = run("generate", "example.com", "--mx", MX, "--out", self.folder / "no" / "such")
        self.check(done, 74, errors="No such file")
        (self.out / "records.zone").mkdir(parents=True)
        done = run("generate", "example.com", "--mx", MX, "--out", self.out)
        self.check(done, 66, errors="records.zone")

    def test_links_are_not_followed(self):
        """Who may write in the folder does not choose where root writes."""
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        self.out.mkdir()
        (self.out / "mta-sts.example.com").symlink_to(elsewhere)
        done = run("generate", "example.com", "--mx", MX, "--out", self.out)
        self.check(done, 74, errors=f"{self.out}/mta-sts.example.com: it is a symbolic link")
        self.assertIn("remove it", done.stderr.decode())
        self.assertEqual(list(elsewhere.iterdir()), [])
        (self.out / "mta-sts.example.com").unlink()
        (self.folder / "link").symlink_to(self.out)
        self.check(run("generate", "example.com", "--mx", MX, "--out", self.folder / "link"), 0)
        self.assertTrue((self.out / POLICY).is_file())

    def test_nothing_half_written(self):
        """Where one file cannot be written, none is."""
        self.one("--mx", MX)
        (self.out / "mta-sts.b.example").write_text("in the way")
        before = self.files()
        path = self.write("domains", f"example.com new.example\na.example {MX}\nb.example {MX}\n")
        done = run("generate", "--domains", path, "--out", self.out)
        self.check(done, 74, errors="mta-sts.b.example")
        self.assertEqual(self.files(), before)

    def test_a_path_that_a_server_could_misread(self):
        for name in "a b", 'a"b', "a$b", "a;b", "a{b":
            place = self.folder / name
            self.check(run("generate", "example.com", "--mx", MX, "--out", place), 64, errors="path")
            self.assertFalse(place.exists())


class Domains(Generate):
    def test_lines(self):
        path = self.write(
            "domains",
            "# ours\nb.example\n\na.example mx.a.example, *.mx.example # two\r\nBÜCHER.example\tmx.b.example\n",
        )
        data = self.generate("--domains", path, "--mx", MX)
        found = {each["domain"]: each["mx"] for each in data["domains"]}
        self.assertEqual(
            found,
            {
                "b.example": [MX],
                "a.example": ["mx.a.example", "*.mx.example"],
                "xn--bcher-kva.example": ["mx.b.example"],
            },
        )
        owners = [line.split()[0] for line in self.records()]
        self.assertEqual(owners, sorted(owners))

    def test_standard_input(self):
        data = self.generate("--domains", "-", "--mx", MX, stdin="a.example\n")
        self.assertEqual(data["domains"][0]["domain"], "a.example")

    def test_faults_name_file_and_line(self):
        path = self.write(
            "domains",
            f"a.example {MX}\nnot a domain!\n192.0.2.1\nb.example *\nA.example. {MX}\n{'x.' * 122}example {MX}\n",
        )
        done = run("generate", "--domains", path, "--out", self.out)
        self.check(done, 64)
        for line in 3, 4, 5, 6:
            self.assertIn(f"{path}:{line}: ", done.stderr.decode())
        self.assertIn(f"{path}:5: a.example is there already, in line 1", done.stderr.decode())
        self.assertFalse(self.out.exists())
        data = self.json(run("generate", "--json", "--domains", path), 64)
        self.assertEqual(data["error"], "domains")

    def test_without_hosts(self):
        path = self.write("domains", f"a.example {MX}\nb.example\n")
        data = self.generate("--domains", path, status=1)
        self.assertEqual([each["change"] for each in data["domains"]], ["new", "refused"])
        self.assertEqual(len(self.records()), 1, "the others are written")

    def test_unreadable_or_empty(self):
        self.check(run("generate", "--domains", str(self.folder / "none"), "--mx", MX), 66, errors="none")
        self.check(run("generate", "--domains", str(self.folder), "--mx", MX), 66)
        self.check(run("generate", "--domains", self.write("d", "# no\n"), "--mx", MX), 64, errors="no domain")

    def test_hostile_lines(self):
        for data in os.urandom(5000), b"\0" * 3000, b"\x1b[31m x\n" * 40, b"x" * 200000:
            done = run("generate", "--domains", "-", "--mx", MX, stdin=data)
            self.check(done, 64)
            self.assertLess(len(done.stderr), 40000)

    def test_thousands(self):
        """One policy each; run again, nothing is touched; then one changes."""
        n = 3000
        path = self.write("domains", "".join(f"d{i}.example mx.d{i}.example\n" for i in range(n)))
        first = self.generate("--domains", path, "--rua", "mailto:tls@example.com")
        self.assertEqual(len(first["domains"]), n)
        self.assertEqual(len(self.records()), 2 * n)
        text = self.read("mta-sts.d2999.example/.well-known/mta-sts.txt")
        self.assertIn("mx: mx.d2999.example\r\n", text)
        again = self.generate("--domains", path, "--rua", "mailto:tls@example.com")
        self.assertEqual(again["written"], [])
        found = self.generate("d7.example", "--update", "--mode", "enforce", "--offline")
        self.assertEqual(found["written"], ["mta-sts.d7.example/.well-known/mta-sts.txt", "records.zone"])
        self.assertEqual(len(self.records()), 2 * n)
        done = run("generate", "--domains", path, "--update", "--out", self.out)
        self.check(done, 0, out=f"{n} domains: 0 new, 0 changed, {n} unchanged")


class Usage(Case):
    def test_wrong_usage(self):
        mx = ["--mx", MX]
        for arguments in [
            [],
            mx,
            ["a.example"],
            ["a.example", "--mode", "enforce"],
            ["a.example", "b.example"],
            ["a.example", "--domains", "file", *mx],
            ["a.example", "--mx", "192.0.2.1"],
            ["a.example", "--mx", "*"],
            ["a.example", "--mx", ""],
            ["a.example", "--mx", "*.*.example"],
            ["a.example", *mx, "--from-dns"],
            ["a.example", "--from-dns", "--offline"],
            ["a.example", *mx, "--mode", "report"],
            ["a.example", *mx, "--max-age", "1w"],
            ["a.example", *mx, "--max-age", ""],
            ["a.example", *mx, "--max-age", "-1"],
            ["a.example", *mx, "--max-age", "31557601"],
            ["a.example", *mx, "--max-age", "99999999999999999999"],
            ["a.example", *mx, "--rua", "tls@example.com"],
            ["a.example", *mx, "--rua", "http://example.com/"],
            ["a.example", *mx, "--rua", "mailto:"],
            ["a.example", *mx, "--rua", ""],
            ["a.example", *mx, "--rua", ",".join(["mailto:a@b.example"] * 9)],
            ["a.example", *mx, "--host-at", "192.0.2.1"],
            ["a.example", *mx, "--server", "iis", "--out", "x"],
            ["a.example", *mx, "--server", "nginx"],
            ["a.example", *mx, "--update"],
            ["a.example", "--remove"],
            ["a.example", *mx, "--remove", "--out", "x"],
            ["a.example", *mx, "--certs", "relative", "--out", "x"],
            ["a.example", *mx, "--certs", "/a b", "--out", "x"],
            ["192.0.2.1", *mx],
            ["a..example", *mx],
            ["x." * 122 + "example", *mx],
        ]:
            with self.subTest(arguments):
                done = run("generate", *arguments)
                self.check(done, 64, errors="mta-sts generate")
                self.assertEqual(done.stdout, b"")
                self.assertFalse(os.path.exists("x"))

    def test_update_of_nothing(self):
        out = self.folder / "out"
        for word in ["--update", "--mx", MX], ["--remove"]:
            done = run("generate", "a.example", *word, "--out", out)
            self.check(done, 1, errors="nothing to")
            self.assertFalse(out.exists())

    def test_an_end_in_mid_work_leaves_all_whole(self):
        """Killed while it writes: every file is an old or a new one."""
        out = self.folder / "out"
        path = self.write("domains", "".join(f"d{i}.example\n" for i in range(500)))
        arguments = [MTA_STS, "generate", "--domains", path, "--out", out]
        subprocess.run([*arguments, "--mx", "old.example"], check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
        with subprocess.Popen([*arguments, "--mx", "new.example"], stdout=subprocess.DEVNULL) as child:
            while child.poll() is None and not list(out.rglob("*.new")):
                pass
            child.kill()
        texts = {each.read_text().splitlines()[2] for each in out.rglob("mta-sts.txt")}
        self.assertLessEqual(texts, {"mx: old.example", "mx: new.example"})
        done = run(*arguments[1:], "--mx", "new.example")
        self.check(done, 0)
        self.assertEqual(list(out.rglob("*.new")), [])
        texts = {each.read_text().splitlines()[2] for each in out.rglob("mta-sts.txt")}
        self.assertEqual(texts, {"mx: new.example"})


if __name__ == "__main__":
    unittest.main()
