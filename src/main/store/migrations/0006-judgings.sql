-- Answers of a run's models to two-turn questions, and what a judge said of them. Texts are files in `dir`; `judge` names whose
-- verdicts are shown, `endpoint` where it was asked last, without its key, which is written nowhere.
CREATE TABLE judgings (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id      INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  dir         TEXT NOT NULL,
  choice      TEXT NOT NULL CHECK (json_valid(choice)),
  questions   INTEGER NOT NULL,
  answered    INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
  judge       TEXT,
  endpoint    TEXT CHECK (endpoint IS NULL OR json_valid(endpoint)),
  prices      TEXT CHECK (prices IS NULL OR json_valid(prices)),
  state       TEXT NOT NULL CHECK (state IN ('waiting', 'answering', 'ready', 'judging', 'paused', 'failed', 'done')),
  problem     TEXT,
  result      TEXT CHECK (result IS NULL OR json_valid(result)),
  created_at  INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX judgings_by_run ON judgings (run_id, id);
