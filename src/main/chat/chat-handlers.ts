import type { chatContract } from '../../contract/app/chat.ts'
import { AppError } from '../../contract/errors.ts'
import type { Handlers } from '../../ipc/server.ts'
import type { Services } from '../services.ts'
import { answerChat } from './answer-chat.ts'
import { createTurns } from './turns.ts'

export function createChatHandlers({ app, projects }: Services): Handlers<typeof chatContract> {
  const turns = createTurns()
  return {
    calls: {
      chatDefaults: async ({ modelDir, projectId }, signal) => {
        const { plan } = projects.draft(projectId)
        const promptFormat = plan?.iterations[0]?.generation.promptFormat ?? 'chat'
        return { ...(await app.inspector.call('chatDefaults', { modelDir }, { signal })), promptFormat }
      },
      heldOutPrompt: async ({ projectId, row }, signal) => {
        const { data } = projects.draft(projectId)
        if (!data || data.testRows === 0) {
          throw new AppError(
            'BAD_INPUT',
            'Expected held-out rows in this project, found none. They are there once the dataset has been read with a ' +
              'share held out.',
            { projectId },
          )
        }
        const request = { path: data.testPath, row: row % data.testRows, modelDir: null }
        const found = await app.inspector.call('datasetRow', request, { signal })
        const turn = ({ role, content }: (typeof found.turns)[number]) => ({ role, content })
        return {
          row: found.row,
          rows: found.rows,
          prompt: found.turns.slice(0, -1).map(turn),
          answer: found.turns.at(-1)?.content ?? '',
        }
      },
    },
    streams: {
      chat: (request, signal) => answerChat(app.inspector, turns, request, signal),
    },
  }
}
