"""The index as a file: SQLite, for its owner alone, with words that only the key opens."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guardrail_gw.audit.index.secrets import Secrets, new_secrets, open_secrets
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.private import RecipientKey

VERSION = 1
_OWNER_ONLY = 0o600
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value BLOB);
CREATE TABLE key (sealed BLOB);
CREATE TABLE term (id INTEGER PRIMARY KEY, field TEXT, token BLOB UNIQUE, sealed BLOB);
CREATE TABLE exchange (
  id INTEGER PRIMARY KEY, segment INTEGER, at INTEGER,
  outcome INTEGER, outcome_segment INTEGER, outcome_at INTEGER, received_us INTEGER,
  tenant INTEGER, team INTEGER, user INTEGER, key INTEGER, subject INTEGER, model INTEGER,
  surface INTEGER, decision INTEGER, code INTEGER, policy INTEGER,
  documents INTEGER, rules INTEGER, detail INTEGER, ending INTEGER,
  deployment INTEGER, provider INTEGER, jurisdiction INTEGER, status INTEGER, duration_us INTEGER,
  input_tokens INTEGER, cached_input_tokens INTEGER, output_tokens INTEGER, cost_nano INTEGER,
  found INTEGER);
CREATE TABLE link (token BLOB, exchange INTEGER, PRIMARY KEY (token, exchange)) WITHOUT ROWID;
CREATE TABLE found (
  exchange INTEGER, entity INTEGER, count INTEGER, PRIMARY KEY (exchange, entity)) WITHOUT ROWID;
CREATE TABLE attempt (
  exchange INTEGER, number INTEGER, deployment INTEGER, provider INTEGER, jurisdiction INTEGER,
  countries INTEGER, result INTEGER, PRIMARY KEY (exchange, number)) WITHOUT ROWID;
CREATE TABLE daily (
  day INTEGER, measure TEXT, a INTEGER, b INTEGER, exchanges INTEGER, amount INTEGER,
  PRIMARY KEY (measure, day, a, b)) WITHOUT ROWID;
CREATE TABLE minute (minute INTEGER PRIMARY KEY, records INTEGER, checkpoints INTEGER);
CREATE TABLE waiting (id INTEGER PRIMARY KEY, segment INTEGER, at INTEGER);
CREATE TABLE event (id INTEGER PRIMARY KEY, ts_us INTEGER, kind TEXT, text TEXT);
CREATE INDEX received ON exchange (received_us);
CREATE INDEX person ON exchange (subject);
"""
_OF_RECORDS = ("exchange", "link", "found", "attempt", "daily", "minute", "waiting", "event")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """An open index. Use it in the thread that opened it."""

    path: Path
    db: sqlite3.Connection = field(repr=False)
    secrets: Secrets = field(repr=False)

    def about(self, name: str) -> bytes | None:
        """Something the index remembers of its log."""
        found = self.db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if found is None else bytes(found[0])

    def remember(self, name: str, value: bytes) -> None:
        """Keep it until it is told anew."""
        self.db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def number(self, name: str) -> int:
        """A number that the index remembers; 0 at first."""
        return int(self.about(name) or b"0")

    def empty(self) -> None:
        """Forget every record; the words and the keys stay."""
        self.db.execute("BEGIN IMMEDIATE")
        for table in _OF_RECORDS:
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        self.db.execute("DELETE FROM about WHERE name IN ('records', 'segment', 'root')")
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()


def open_index(path: Path, keys: Sequence[RecipientKey]) -> IndexFile:
    """Open an index, or make it.

    Args:
        path: its file; its folder is made for the owner alone if it is not there.
        keys: the auditor's private keys; one that the index was made with is enough.

    Raises:
        ConfigError: made with other keys, of another version, or the file cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY))
        path.chmod(_OWNER_ONLY)  # SQLite gives its side files the mode of this one
        db = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        return _opened(path, db, keys)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except sqlite3.Error:
        raise ConfigError(f"{path}: not an index that can be used; remove it") from None


def _opened(path: Path, db: sqlite3.Connection, keys: Sequence[RecipientKey]) -> IndexFile:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        made, stored = new_secrets(keys)
        db.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        db.executemany("INSERT INTO key VALUES (?)", [(sealed,) for sealed in stored])
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
        return IndexFile(path=path, db=db, secrets=made)
    if version != VERSION:
        raise ConfigError(f"{path}: an index of another release; remove it, and it is made anew")
    stored = [bytes(row[0]) for row in db.execute("SELECT sealed FROM key")]
    return IndexFile(path=path, db=db, secrets=open_secrets(stored, keys))


def remove_index(path: Path) -> None:
    """Remove an index with its side files; raises OSError."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
