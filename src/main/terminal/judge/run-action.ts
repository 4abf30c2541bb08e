import { createJudgeClient } from '../../judge/judge-client.ts'
import { judgeCost, priceOf } from '../../judge/judge-cost.ts'
import { writeFastChatJudgments } from '../../judge/judge-export.ts'
import { JudgeKey } from '../../judge/judge-key.ts'
import { summarizeJudge } from '../../judge/judge-summary.ts'
import { runJudge } from '../../judge/run-judge.ts'
import { openVerdictJournal, readVerdicts } from '../../judge/verdict-journal.ts'
import { thousands } from '../../report/number-format.ts'
import type { Command } from '../command.ts'
import { flag, integer, number, text } from '../option-kinds.ts'
import { option, readOptions } from '../options.ts'
import {
  chosenCases,
  priceOptions,
  readEndpoint,
  readPrices,
  requestOptions,
  taskOptions,
} from './judge-options.ts'
import { costText, priceText, summaryText } from './judge-text.ts'

const costOptions = { ...taskOptions, max_tokens: requestOptions.max_tokens, ...priceOptions }

export const costAction: Command = {
  name: 'judge cost',
  summary: 'says what judging would cost; nothing is sent',
  usage: '--judge_model NAME [--mode pairwise --baseline NAME] [--price_in X --price_out X]',
  options: costOptions,
  run({ display }, argv) {
    const { values } = readOptions(argv, costOptions, 'judge cost')
    const { cases, journalPath } = chosenCases(values, 'judge cost')
    const prices = readPrices(values, 'judge cost')
    const { verdicts } = readVerdicts(journalPath)
    display.line(costText(judgeCost(cases, verdicts, { maxTokens: values.max_tokens, prices })))
    return Promise.resolve()
  },
}

const runOptions = {
  ...taskOptions,
  judge_url: option(text(), {
    placeholder: 'URL',
    help: 'An OpenAI-compatible endpoint, up to and with /v1.',
  }),
  key_variable: option(text(), {
    placeholder: 'NAME',
    help: 'The environment variable that holds the key, such as OPENAI_API_KEY. A key itself is taken nowhere on a command line.',
    default: null,
    defaultText: 'no key is sent',
  }),
  ...requestOptions,
  ...priceOptions,
  concurrency: option(integer(1), { placeholder: 'N', help: 'Requests at once.', default: 4 }),
  timeout: option(number(), { placeholder: 'SECONDS', help: 'Of one request.', default: 120 }),
  attempts: option(integer(1), {
    placeholder: 'N',
    help: 'Tries of one request, with growing waits between them.',
    default: 6,
  }),
  backoff: option(number(), { placeholder: 'SECONDS', help: 'The first of these waits.', default: 1 }),
  yes: option(flag(), {
    placeholder: '',
    help: 'Begin. Without it only the cost is shown.',
    default: false,
  }),
}

export const runAction: Command = {
  name: 'judge run',
  summary: 'lets a judge compare or grade the answers; shows the cost first',
  usage: '--judge_url URL --judge_model NAME [--key_variable NAME] [--mode pairwise --baseline NAME] [--yes]',
  options: runOptions,
  notes:
    'Every verdict is on disk as it comes. After a stop, a crash or a failure the same command goes on; no verdict is paid for twice.\n' +
    'Answers and questions are sent to the endpoint that you name, and to no other.',
  async run({ display, signal }, argv) {
    const { values } = readOptions(argv, runOptions, 'judge run')
    const { folder, cases, judge, journalPath } = chosenCases(values, 'judge run')
    const prices = readPrices(values, 'judge run')
    const endpoint = readEndpoint(
      values,
      {
        baseUrl: values.judge_url,
        concurrency: values.concurrency,
        timeoutSeconds: values.timeout,
        attempts: values.attempts,
        backoffSeconds: values.backoff,
      },
      'judge run',
    )
    const key = values.key_variable === null ? null : JudgeKey.fromVariable(values.key_variable, process.env)
    const client = createJudgeClient(endpoint, key)
    const cost = judgeCost(cases, readVerdicts(journalPath).verdicts, {
      maxTokens: endpoint.maxTokens,
      prices,
    })
    display.line(`${client.url}\n${costText(cost)}`)
    if (!values.yes && cost.requests > 0) {
      display.line('Nothing was sent. Add --yes to begin.')
      return
    }
    const journal = openVerdictJournal(journalPath)
    let done = 0
    let [read, written] = [0, 0]
    const startedAt = performance.now()
    try {
      await runJudge({
        cases: cases.cases,
        client,
        judge,
        journal,
        concurrency: endpoint.concurrency,
        signal,
        onVerdict({ promptTokens, completionTokens }) {
          read += promptTokens ?? 0
          written += completionTokens ?? 0
          const rate = ++done / ((performance.now() - startedAt) / 1000)
          const price = priceOf(read, written, prices)
          display.progress(
            '',
            {
              stage: 'Judging',
              done,
              total: cost.requests,
              unit: 'requests',
              rate: done < 3 ? null : rate,
              tokensPerSecond: null,
            },
            price === null ? undefined : `${priceText(price)} so far`,
          )
        },
      })
    } finally {
      journal.close()
      display.settle()
    }
    const { verdicts } = journal
    if (done > 0) {
      const price = priceOf(read, written, prices)
      const spent = price === null ? '' : `, ${priceText(price)}`
      display.line(`${thousands(read)} tokens read, ${thousands(written)} written${spent}`)
    }
    display.line(summaryText(summarizeJudge(cases, verdicts)))
    display.line(`judgments: ${writeFastChatJudgments(folder, cases, verdicts, judge)}`)
  },
}

export const reportAction: Command = {
  name: 'judge report',
  summary: 'shows what the judge has said so far',
  usage: '--judge_model NAME [--mode pairwise --baseline NAME]',
  options: taskOptions,
  run({ display }, argv) {
    const { values } = readOptions(argv, taskOptions, 'judge report')
    const { cases, journalPath } = chosenCases(values, 'judge report')
    const { verdicts } = readVerdicts(journalPath)
    const open = cases.cases.filter(({ id }) => !verdicts.has(id)).length
    display.line(summaryText(summarizeJudge(cases, verdicts)))
    if (open > 0) display.line(`${thousands(open)} requests have no verdict yet`)
    return Promise.resolve()
  },
}
