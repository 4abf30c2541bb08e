-- Times are milliseconds since 1970 (UTC); durations are seconds; paths inside a project are written `project:/…`,
-- so that a project folder that was moved is still the same project.
CREATE TABLE projects (
  id         TEXT PRIMARY KEY,
  dir        TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX projects_by_update ON projects (updated_at DESC, id DESC);

CREATE TABLE datasets (
  id         INTEGER PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  train_path TEXT NOT NULL,
  test_path  TEXT NOT NULL,
  train_rows INTEGER,
  test_rows  INTEGER,
  sha256     TEXT NOT NULL,
  source     TEXT NOT NULL CHECK (json_valid(source)),
  created_at INTEGER NOT NULL,
  UNIQUE (project_id, sha256)
) STRICT;

CREATE TABLE models (
  id           INTEGER PRIMARY KEY,
  dir          TEXT NOT NULL,
  sha256       TEXT NOT NULL,
  parameters   INTEGER,
  architecture TEXT,
  created_at   INTEGER NOT NULL,
  UNIQUE (dir, sha256)
) STRICT;

CREATE TABLE runs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id  TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  setup       TEXT NOT NULL CHECK (json_valid(setup)),
  state       TEXT NOT NULL CHECK (state IN ('pending', 'running', 'paused', 'failed', 'finished')),
  seed        INTEGER NOT NULL,
  best_iteration INTEGER,
  reason      TEXT,
  error_code  TEXT,
  error_message TEXT,
  created_at  INTEGER NOT NULL,
  started_at  INTEGER,
  finished_at INTEGER,
  UNIQUE (project_id)
) STRICT;

-- iteration −1 is the base: the start model, evaluated and never trained.
CREATE TABLE iterations (
  run_id       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  iteration    INTEGER NOT NULL CHECK (iteration >= -1),
  state        TEXT NOT NULL CHECK (state IN ('running', 'done', 'discarded')),
  lr           REAL,
  beta         REAL,
  start_dir    TEXT,
  start_sha256 TEXT,
  model_dir    TEXT,
  model_sha256 TEXT,
  score        REAL,
  decision     TEXT CHECK (decision IS NULL OR json_valid(decision)),
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (run_id, iteration)
) STRICT, WITHOUT ROWID;

CREATE TABLE stages (
  run_id       INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  iteration    INTEGER NOT NULL,
  name         TEXT NOT NULL CHECK (name IN ('reformat', 'generate', 'gather', 'finetune', 'evaluate')),
  state        TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed')),
  request      TEXT NOT NULL CHECK (json_valid(request)),
  result       TEXT CHECK (result IS NULL OR json_valid(result)),
  outputs      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(outputs)),
  attempts     INTEGER NOT NULL DEFAULT 0,
  seconds      REAL NOT NULL DEFAULT 0,
  error_code   TEXT,
  error_message TEXT,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (run_id, iteration, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE fractions (
  run_id    INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  iteration INTEGER NOT NULL,
  split     TEXT NOT NULL CHECK (split IN ('train', 'test')),
  fraction  INTEGER NOT NULL,
  path      TEXT NOT NULL,
  rows      INTEGER NOT NULL,
  sha256    TEXT NOT NULL,
  capped    INTEGER NOT NULL,
  empty     INTEGER NOT NULL,
  generated_tokens INTEGER NOT NULL,
  PRIMARY KEY (run_id, iteration, split, fraction)
) STRICT, WITHOUT ROWID;

CREATE TABLE metrics (
  run_id         INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  iteration      INTEGER NOT NULL,
  step           INTEGER NOT NULL,
  total_steps    INTEGER NOT NULL,
  epoch          REAL NOT NULL,
  loss           REAL NOT NULL,
  spin_loss      REAL NOT NULL,
  nll            REAL NOT NULL,
  reward_real    REAL NOT NULL,
  reward_generated REAL NOT NULL,
  margin         REAL NOT NULL,
  accuracy       REAL NOT NULL,
  logp_real      REAL NOT NULL,
  logp_generated REAL NOT NULL,
  real_shift     REAL NOT NULL,
  eos_shift      REAL NOT NULL,
  grad_norm      REAL NOT NULL,
  lr             REAL NOT NULL,
  tokens_per_second REAL NOT NULL,
  step_ms        REAL NOT NULL,
  PRIMARY KEY (run_id, iteration, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  run_id          INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  iteration       INTEGER NOT NULL,
  greedy          REAL NOT NULL,
  sampled         REAL,
  held_out_nll    REAL NOT NULL,
  held_out_loss   REAL,
  reward_accuracy REAL,
  margin          REAL,
  kl              REAL,
  result          TEXT NOT NULL CHECK (json_valid(result)),
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (run_id, iteration)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id     INTEGER REFERENCES runs (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  level      TEXT NOT NULL CHECK (level IN ('info', 'warning', 'error')),
  message    TEXT NOT NULL,
  data       TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data))
) STRICT;
CREATE INDEX events_by_run ON events (run_id, id);
