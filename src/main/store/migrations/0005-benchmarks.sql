-- A model of a run measured with one set of benchmark settings. `settings_key` = hash of all that decides its scores, so that
-- the same question is not asked twice. Waiting ones are run in the order of `queued_at`.
CREATE TABLE benchmark_evaluations (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  iteration    INTEGER NOT NULL CHECK (iteration >= -2),
  model_dir    TEXT NOT NULL,
  model_sha256 TEXT,
  data_dir     TEXT NOT NULL,
  out_dir      TEXT NOT NULL,
  settings     TEXT NOT NULL CHECK (json_valid(settings)),
  settings_key TEXT NOT NULL,
  beside_run   INTEGER NOT NULL DEFAULT 0 CHECK (beside_run IN (0, 1)),
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'failed', 'done')),
  problem      TEXT,
  result       TEXT CHECK (result IS NULL OR json_valid(result)),
  seconds      REAL NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  queued_at    INTEGER NOT NULL,
  finished_at  INTEGER,
  UNIQUE (run_id, iteration, settings_key)
) STRICT;
CREATE INDEX benchmark_evaluations_by_state ON benchmark_evaluations (state, queued_at, id);

-- Of the tasks that are done, while the others still run too.
CREATE TABLE benchmark_scores (
  evaluation_id INTEGER NOT NULL REFERENCES benchmark_evaluations (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  task      TEXT NOT NULL,
  part_of   TEXT,
  metric    TEXT NOT NULL,
  filter    TEXT NOT NULL,
  value     REAL NOT NULL,
  stderr    REAL,
  questions INTEGER NOT NULL,
  is_primary INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
  PRIMARY KEY (evaluation_id, task, metric, filter)
) STRICT, WITHOUT ROWID;

-- Overlap of a run's training rows with the tasks' questions, as last checked.
CREATE TABLE contaminations (
  run_id     INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  result     TEXT NOT NULL CHECK (json_valid(result)),
  created_at INTEGER NOT NULL
) STRICT;
