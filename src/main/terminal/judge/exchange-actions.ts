import { resolve } from 'node:path'
import { exportJudging, writeFastChatJudgments } from '../../judge/judge-export.ts'
import { importVerdicts } from '../../judge/judge-import.ts'
import { summarizeJudge } from '../../judge/judge-summary.ts'
import { openVerdictJournal, readVerdicts } from '../../judge/verdict-journal.ts'
import { thousands } from '../../report/number-format.ts'
import type { Command } from '../command.ts'
import { existing } from '../dataset-file.ts'
import { text } from '../option-kinds.ts'
import { option, readOptions } from '../options.ts'
import { chosenCases, readRequest, requestOptions, taskOptions } from './judge-options.ts'
import { summaryText } from './judge-text.ts'

const exportOptions = {
  ...taskOptions,
  ...requestOptions,
  output_dir: option(text(), {
    placeholder: 'FOLDER',
    help: 'Where prompts.jsonl, batch.jsonl and FastChat’s references go.',
    default: null,
    defaultText: 'export in the judging folder',
  }),
}

export const exportAction: Command = {
  name: 'judge export',
  summary: 'writes the requests for a judge elsewhere: a batch file, plain prompts, FastChat’s files',
  usage: '--judge_model NAME [--mode pairwise --baseline NAME] [--output_dir FOLDER]',
  options: exportOptions,
  run({ display }, argv) {
    const { values } = readOptions(argv, exportOptions, 'judge export')
    const { folder, cases, journalPath } = chosenCases(values, 'judge export')
    const request = readRequest(values, 'judge export')
    const outDir = resolve(values.output_dir ?? `${folder.dir}/export`)
    const { verdicts } = readVerdicts(journalPath)
    const { paths, requests } = exportJudging(folder, cases, verdicts, request, outDir)
    for (const path of paths) display.line(path)
    display.line(
      `${thousands(requests)} requests. Replies come back with "spin-studio judge import --verdicts FILE" and the same options.`,
    )
    return Promise.resolve()
  },
}

const importOptions = {
  ...taskOptions,
  verdicts: option(text(), {
    placeholder: 'FILE',
    help: 'The output of the batch, lines of {"id", "reply"}, or FastChat’s model_judgment file.',
  }),
}

export const importAction: Command = {
  name: 'judge import',
  summary: 'takes verdicts that were given elsewhere',
  usage: '--verdicts FILE --judge_model NAME [--mode pairwise --baseline NAME]',
  options: importOptions,
  run({ display }, argv) {
    const { values } = readOptions(argv, importOptions, 'judge import')
    const { folder, cases, judge, journalPath } = chosenCases(values, 'judge import')
    const journal = openVerdictJournal(journalPath)
    try {
      const { verdicts, failed, foreign } = importVerdicts(
        existing(values.verdicts),
        cases,
        journal.verdicts,
        judge,
      )
      journal.append(verdicts)
      const remarks = [
        ...(failed > 0 ? [`${thousands(failed)} requests failed there`] : []),
        ...(foreign > 0 ? [`${thousands(foreign)} replies are about something else`] : []),
      ]
      display.line([`${thousands(verdicts.length)} verdicts taken`, ...remarks].join(', '))
      display.line(summaryText(summarizeJudge(cases, journal.verdicts)))
      display.line(`judgments: ${writeFastChatJudgments(folder, cases, journal.verdicts, judge)}`)
    } finally {
      journal.close()
    }
    return Promise.resolve()
  },
}
