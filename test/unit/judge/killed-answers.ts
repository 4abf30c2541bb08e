import { AnswersRequest } from '../../../src/contract/engine.ts'
import { answerQuestionsStage } from '../../../src/engine/stages/answer-questions-stage.ts'

/** A process of its own that kills itself with -9 as soon as k turns are answered: `killed-answers.ts REQUEST K`. */
const [request = '', k = ''] = process.argv.slice(2)
const { signal } = new AbortController()
for await (const event of answerQuestionsStage(AnswersRequest.parse(JSON.parse(request)), signal))
  if (event.kind === 'progress' && event.done >= Number(k)) process.kill(process.pid, 'SIGKILL')
