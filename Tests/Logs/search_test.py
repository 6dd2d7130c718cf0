"""What the search of logs finds, and what it passes over."""

import sqlite3
import sys
import tempfile
import unittest
from contextlib import closing, redirect_stdout
from io import StringIO
from pathlib import Path

import search


class Search(unittest.TestCase):
    def test_words_are_found_in_every_notation(self):
        for value, text in [
            ("anna.smith", "info: user=anna.smith failed"),
            ("+31612345678", "to 31612345678, later"),
            ("ab123c", "plate=ab-123-c"),
            ('5" wheels', r'{"remark":"5\" wheels"}'),
        ]:
            lines = [each.line_with(value) for each in search.readings("one\n" + text + "\ntwo")]
            self.assertTrue(any(lines), value)
            self.assertFalse(any(line and "\n" in line for line in lines))

    def test_parts_of_other_words_are_none(self):
        for value, text in [("service", "kioskservice/enterpin"), ("12345", "microseconds=123456")]:
            self.assertIsNone(search.Reading(text).line_with(value))

    def test_a_run_with_a_value_in_a_log_fails_and_says_where(self):
        with tempfile.TemporaryDirectory() as name:
            place = Path(name, "run")
            place.mkdir()
            with closing(sqlite3.connect(place / "latchkey.db")) as database:
                for table, columns in search.PERSONAL.items():
                    names = ", ".join(f"{column} TEXT" for column in columns)
                    database.execute(f"CREATE TABLE {table} ({names})")
                    values = [f"{table}, {column}" for column in columns]
                    database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
                database.commit()
            log = place / "server.log"
            log.write_text("all is well\n")
            self.assertEqual(self.search(name), (0, ""))
            log.write_text("all is well\nfor Staff, User_Name\n")
            code, said = self.search(name)
            self.assertEqual(code, 1)
            self.assertIn("staff.user_name stands in a log", said)
            log.write_text("all is well\n")
            with closing(sqlite3.connect(place / "latchkey.db")) as database:
                database.execute("ALTER TABLE staff ADD COLUMN birthday TEXT")
            self.assertIn("nobody has decided whether staff.birthday is personal", self.search(name)[1])

    def search(self, folder):
        """The exit code, and what it says of faults."""
        output = StringIO()
        with redirect_stdout(output):
            code = search.main(Path(folder))
        return code, "".join(output.getvalue().splitlines(keepends=True)[:-2])


if __name__ == "__main__":
    sys.exit(unittest.main())
