import type { Database } from './database.ts'

export interface ProjectRow {
  id: string
  dir: string // absolute
  name: string
  createdAt: number
  updatedAt: number
}

export interface DatasetRow {
  id: number
  projectId: string
  trainPath: string
  testPath: string
  trainRows: number | null
  testRows: number | null
  sha256: string
  source: string // JSON
  createdAt: number
}

export interface ModelRow {
  id: number
  dir: string
  sha256: string
  parameters: number | null
  architecture: string | null
  createdAt: number
}

const projectColumns = 'id, dir, name, created_at AS createdAt, updated_at AS updatedAt'

/** Projects and what they are made of: datasets and models. */
export function projectQueries(db: Database) {
  const byId = db.prepare<[string], ProjectRow>(`SELECT ${projectColumns} FROM projects WHERE id = ?`)
  const byDir = db.prepare<[string], ProjectRow>(`SELECT ${projectColumns} FROM projects WHERE dir = ?`)
  const page = db.prepare<[number, number, string, number], ProjectRow>(
    `SELECT ${projectColumns} FROM projects WHERE updated_at < ? OR (updated_at = ? AND id < ?) ORDER BY updated_at DESC, id DESC LIMIT ?`,
  )
  // A folder that now holds another project replaces the forgotten one; its old runs stay under a retired path.
  const retire = db.prepare<[string, string]>(
    `UPDATE projects SET dir = dir || ' (replaced, ' || id || ')' WHERE dir = ? AND id <> ?`,
  )
  const insert = db.prepare<[string, string, string, number, number]>(
    `INSERT INTO projects (id, dir, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET dir = excluded.dir, name = excluded.name, updated_at = excluded.updated_at`,
  )
  const save = db.transaction((row: ProjectRow) => {
    retire.run(row.dir, row.id)
    insert.run(row.id, row.dir, row.name, row.createdAt, row.updatedAt)
  })
  const insertDataset = db.prepare<
    [string, string, string, number | null, number | null, string, string, number]
  >(
    `INSERT INTO datasets (project_id, train_path, test_path, train_rows, test_rows, sha256, source, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, sha256) DO UPDATE SET train_path = excluded.train_path,
     test_path = excluded.test_path, train_rows = excluded.train_rows, test_rows = excluded.test_rows`,
  )
  const datasets = db.prepare<[string], DatasetRow>(
    `SELECT id, project_id AS projectId, train_path AS trainPath, test_path AS testPath, train_rows AS trainRows,
     test_rows AS testRows, sha256, source, created_at AS createdAt FROM datasets WHERE project_id = ? ORDER BY id`,
  )
  const insertModel = db.prepare<[string, string, number | null, string | null, number]>(
    `INSERT INTO models (dir, sha256, parameters, architecture, created_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (dir, sha256) DO UPDATE SET parameters = coalesce(excluded.parameters, parameters),
     architecture = coalesce(excluded.architecture, architecture)`,
  )
  const models = db.prepare<[number, number], ModelRow>(
    `SELECT id, dir, sha256, parameters, architecture, created_at AS createdAt FROM models WHERE id < ? ORDER BY id DESC LIMIT ?`,
  )
  return {
    project: (id: string) => byId.get(id),
    projectAt: (dir: string) => byDir.get(dir),
    /** Newest change first; `before` is the last row of the page before. */
    projectPage: (limit: number, before?: Pick<ProjectRow, 'updatedAt' | 'id'>) => {
      const from = before ?? { updatedAt: Number.MAX_SAFE_INTEGER, id: '' }
      return page.all(from.updatedAt, from.updatedAt, from.id, limit)
    },
    saveProject: (row: ProjectRow) => void save(row),
    datasets: (projectId: string) => datasets.all(projectId),
    saveDataset: (d: Omit<DatasetRow, 'id'>) =>
      void insertDataset.run(
        d.projectId,
        d.trainPath,
        d.testPath,
        d.trainRows,
        d.testRows,
        d.sha256,
        d.source,
        d.createdAt,
      ),
    modelPage: (limit: number, beforeId = Number.MAX_SAFE_INTEGER) => models.all(beforeId, limit),
    saveModel: (m: Omit<ModelRow, 'id'>) =>
      void insertModel.run(m.dir, m.sha256, m.parameters, m.architecture, m.createdAt),
  }
}
