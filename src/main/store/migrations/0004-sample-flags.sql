-- Prompts that a person flagged. `sample_id` is the hash of the prompt, so a flag holds in every iteration.
CREATE TABLE sample_flags (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  sample_id  TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, sample_id)
) STRICT, WITHOUT ROWID;
