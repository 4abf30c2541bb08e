import type { projectsContract } from '../../contract/app/projects.ts'
import type { Handlers } from '../../ipc/server.ts'
import { defaultProjectsDir, type Services } from '../services.ts'
import { fileError } from '../file-error.ts'
import { writeProjectFile, readProjectFile } from '../loop/project-file.ts'
import { projectLayout } from '../loop/project-layout.ts'
import { watchView } from '../watch-view.ts'
import { deleteProject, projectDisk } from './delete-project.ts'
import { openProject } from './open-project.ts'

export function createProjectHandlers({
  app,
  dataDir,
  projectsDir,
  bell,
  projects,
}: Services): Handlers<typeof projectsContract> {
  const projectsDirs = (): string[] => [projectsDir(), defaultProjectsDir(dataDir)]
  return {
    calls: {
      createProject: ({ name }) => ({ projectId: projects.create(name) }),
      openProject: async ({ dir }) => {
        const projectId = await openProject(app.store, dir)
        bell.ring()
        return { projectId }
      },
      renameProject: async ({ projectId, name }) => {
        const { dir } = projects.row(projectId)
        projects.expectIdle(projectId, 'rename it')
        const { file } = projectLayout(dir)
        const document = await readProjectFile(file)
        try {
          if (document) writeProjectFile(file, { ...document, name })
        } catch (error) {
          throw fileError(error, file)
        }
        projects.rename(projectId, name)
        return {}
      },
      duplicateProject: async ({ projectId }) => ({ projectId: await projects.duplicate(projectId) }),
      deleteProject: async ({ projectId, withFiles }) => {
        const project = projects.row(projectId)
        projects.expectIdle(projectId, 'delete it')
        const freed = await deleteProject({
          store: app.store,
          project,
          withFiles,
          projectsDirs: projectsDirs(),
        })
        bell.ring()
        return freed
      },
      projectDisk: async ({ projectId }) => ({
        ...(await projectDisk(app.store, projects.row(projectId), projectsDirs())),
        usedBy: projects.usersOf(projectId),
      }),
      chooseModel: ({ projectId, modelDir }) => projects.chooseModel(projectId, modelDir),
    },
    streams: {
      project: ({ projectId }, signal) => {
        projects.touch(projectId)
        return watchView(bell, () => projects.view(projectId), signal)
      },
    },
  }
}
