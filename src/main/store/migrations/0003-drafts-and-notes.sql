-- The wizard's choices of a project, before and after its run has started.
CREATE TABLE drafts (
  project_id TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
  document   TEXT NOT NULL CHECK (json_valid(document)),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a person wrote about a run, and which of its models is in use (NULL = the best).
CREATE TABLE run_notes (
  run_id     INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  note       TEXT NOT NULL DEFAULT '',
  tags       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
  in_use     INTEGER,
  updated_at INTEGER NOT NULL
) STRICT;
