#!/usr/bin/env python3
"""`mta-sts check`: what is refused before any packet leaves, and what is said
where the network does not answer."""

import json
import os
import socket
import unittest

import cli


class Check(cli.Case):
    def command(self, *arguments, **options):
        return cli.run("-c", self.configuration(), "check", *arguments, **options)

    def test_what_does_not_go_together(self):
        self.check(self.command(), 64, errors="a domain is missing")
        names = self.write("names", "a.example\n")
        both = "a domain and --domains do not go together"
        self.check(self.command("--domains", names, "a.example"), 64, errors=both)
        cached = "--cached and --domains do not go together"
        self.check(self.command("--domains", names, "--cached"), 64, errors=cached)
        self.check(self.command("a.example", "b.example"), 64, errors="too many")

    def test_lists_with_faults(self):
        for text, said in (
            ("a.example\nno! name\n", ':2: "no!" is not a domain name'),
            ("a..example\nb.example\n*\n", ':3: "*" is not a domain name'),
            ("a.example\n192.0.2.1\n", ':2: "192.0.2.1" is not a domain name'),
            (b"a.example\n\x1b[31m\n", ":2: "),
            (b"a.example\nb\0.example\n", ':2: "b'),
            ("x" * 2000, ':1: "xxx'),
            ("# nothing\n\n", " names no domain"),
            ("", " names no domain"),
        ):
            path = self.write("names", text)
            done = self.command("--domains", path)
            self.check(done, 64, errors=path + said)
            self.assertNotIn(b"\x1b", done.stderr)
            self.assertLess(len(done.stderr), 1000)
            self.check(cli.run("generate", "--mx", "m.example", "--domains", path), 64, errors=path + said)

    def test_list_that_is_not_there(self):
        path = str(self.folder / "nowhere")
        done = self.command("--domains", path, "--json")
        self.check(done, 66, errors=path + ": No such file")
        self.assertEqual(json.loads(done.stdout)["error"], "unreadable")
        self.check(self.command("--domains", str(self.folder)), 66)

    def test_list_on_standard_input(self):
        """Nobody answers DNS: no domain can be told. None is told of twice."""
        names = "B.example\r\na.example mx.a.example # why\n\nb.example.\n"
        done = self.command("--domains", "-", "--json", stdin=names)
        self.check(done, 3)
        answers = json.loads(done.stdout)
        self.assertEqual([each["domain"] for each in answers], ["b.example", "a.example"])
        for answer in answers:
            self.assertEqual(answer["result"], "temperror")
            self.assertEqual(answer["tlsrpt"]["status"], "unknown")
            found = {(each["area"], each["code"]) for each in answer["findings"]}
            self.assertLessEqual({("txt", "dns-failure"), ("tlsrpt", "unknown")}, found)

    def test_table_and_page(self):
        names = self.write("names", "a.example\nb.example\n")
        page = self.folder / "page.html"
        done = self.command("--domains", names, "--html", str(page))
        self.check(done, 3, out="2 domains: 0 pass, 0 fail, 0 none, 2 temperror", errors="")
        text = page.read_text()
        self.assertIn("Whether mail to a.example is protected could not be told.", text)
        # What is protected may still need attention: the tile is of neither.
        self.assertNotIn(">protected<", text)
        self.assertIn(">in order<", text)
        self.assertEqual(page.stat().st_mode & 0o777, 0o666 & ~self.umask())

    def test_page_that_cannot_be_written(self):
        page = str(self.folder / "nowhere" / "page.html")
        done = self.command("a.example", "--html", page)
        self.check(done, 74, errors=f"{page}: No such file or directory")

    def test_page_of_too_many(self):
        names = "".join(f"d{n}.example\n" for n in range(5001))
        page = str(self.folder / "page.html")
        done = self.command("--domains", "-", "--html", page, stdin=names)
        self.check(done, 64, errors="--html takes at most 5000 domains")

    def test_bar_on_a_terminal(self):
        """A name server that never answers: there is something to see meanwhile."""
        names = self.write("names", "a.example\nb.example\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", 0))
            path = self.configuration(dns_port=deaf.getsockname()[1])
            shown = cli.run_on_terminal("-c", path, "check", "--domains", names)
        bar = b"checking domains [........................] 0/2 ... "
        self.assertIn(bar, shown)
        self.assertIn(b"2 \x1b[33mtemperror", shown)
        after = shown[shown.rindex(bar) :]
        self.assertIn(b"\r\x1b[K", after, "nothing of it stays")

    @staticmethod
    def umask():
        mask = os.umask(0)
        os.umask(mask)
        return mask


if __name__ == "__main__":
    unittest.main()
