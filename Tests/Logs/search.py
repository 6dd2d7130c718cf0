"""Searches the logs and metrics of a test run for what people wrote: every personal value that is in any of the run's
databases. Each column of text is named below as personal or as not; a new one wants that decided.

    python3 Tests/Logs/search.py FOLDER

FOLDER holds folders with databases (latchkey.db), logs and metrics (all other files) of its servers.
"""

import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

# What people wrote, of people and their cars; and secrets.
PERSONAL = {
    "contacts": ["name", "private_email", "business_email", "private_mobile", "business_mobile"],
    "interventions": ["name", "remark"],
    "keys": ["label"],
    "staff": ["user_name", "display_name", "password_hash"],
    "texts": ["text"],
    "work_orders": ["plate", "brand", "model", "additional_phone"],
}
# Names of states, places, things and texts of the dealer; ids; times; what is published.
OTHERS = {
    "agreements": ["title", "text"],
    "answers": ["caller", "procedure", "request_id", "outcome"],
    "api_keys": ["name", "prefix", "services"],
    "commands": ["person", "outcome", "refusal"],
    "compartments": ["quarantine", "door", "item"],
    "contacts": ["local_date", "role", "language"],
    "dealers": ["name"],
    "devices": ["kind", "name", "key_id"],
    "enrollment_codes": ["kind", "name"],
    "epochs": ["reason"],
    "events": ["kind", "reason"],
    "guesses": ["scope", "subject"],
    "handovers": ["direction", "state"],
    "help_calls": ["state", "screen"],
    "keys": ["holder"],
    "locations": ["name", "zone", "country", "languages", "currency", "emergency_phone"],
    "lockers": ["name", "controller_version"],
    "opening_exceptions": ["local_date"],
    "optional_services": ["name", "description", "url", "brands"],
    "outbox": ["kind"],
    "pins": ["purpose", "state"],
    "signed_heads": ["token"],
    "staff": ["role"],
    "visits": ["purpose", "state", "notice", "choices"],
    "work_orders": ["number", "local_date", "local_time", "status", "cancel_reason"],
}
# Shorter values are words of logs, too.
SHORTEST = 5


def text_columns(database):
    """By table: its columns of text."""
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        table: [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"]
        for table in tables
        if not table.startswith("sqlite_")
    }


def undecided(database):
    return {
        f"{table}.{column}"
        for table, columns in text_columns(database).items()
        for column in columns
        if column not in PERSONAL.get(table, []) and column not in OTHERS.get(table, [])
    }


def personal_values(database):
    """Pairs of a column's name and a value that is long enough to be told from others."""
    for table, columns in PERSONAL.items():
        for column in columns:
            for (value,) in database.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''"):
                if len(value) >= SHORTEST:
                    yield f"{table}.{column}", value.casefold()


class Reading:
    """A text, and the words in it."""

    def __init__(self, text):
        self.text, self.words = text, set(re.findall(r"\w+", text))

    def line_with(self, value):
        """The line in which it stands as words of its own; none where it is a part of others."""
        value = value.removeprefix("+")
        # Most values are passed over by their first word.
        first = re.search(r"\w+", value)
        if (first and first.group() not in self.words) or value not in self.text:
            return None
        found = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", self.text)
        return found and self.text[self.text.rfind("\n", 0, found.start()) + 1 :].split("\n", 1)[0]


def readings(text):
    """A log as it is, as JSON stands for, and with number plates as they are stored."""
    unescaped = text.replace('\\"', '"').replace("\\/", "/").replace("\\n", "\n")
    return [Reading(each) for each in (text, unescaped, text.replace("-", ""))]


def main(folder):
    planted, faults = {}, set()
    databases = list(folder.glob("*/latchkey.db"))
    for path in databases:
        with closing(sqlite3.connect(path)) as database:
            faults |= {f"nobody has decided whether {name} is personal" for name in undecided(database)}
            for column, value in personal_values(database):
                planted.setdefault(value, set()).add(column)
    columns = {column for names in planted.values() for column in names}
    wanted = {f"{table}.{column}" for table, names in PERSONAL.items() for column in names}
    faults |= {f"no test has written a value of {name}" for name in wanted - columns}
    files = [path for path in folder.glob("*/*") if not path.name.startswith("latchkey.db")]
    size = 0
    for path in files:
        text = path.read_text("utf-8", errors="replace").casefold()
        size += len(text)
        read = readings(text)
        for value, names in planted.items():
            if line := next(filter(None, (each.line_with(value) for each in read)), None):
                faults.add(f"{' and '.join(sorted(names))} stands in a log, '{value}': {line[:300]}")
    for fault in sorted(faults):
        print(fault)
    print(
        f"{len(files)} logs and metrics of {len(databases)} databases, {size >> 10} KiB,"
        f" searched for {len(planted)} values of {len(columns)} columns"
    )
    print(f"{len(wanted) - len(wanted - columns)} passed, {len(faults)} failed")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
