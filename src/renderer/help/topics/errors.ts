import type { ErrorCode } from '../../../contract/errors.ts'
import type { HelpSection, Topic } from '../topic.ts'

interface Explained {
  name: string
  happened: string
  safe: string
  todo: string
}
const untouched = 'Nothing was changed.'
const finished = 'All that was finished is saved.'

/** Every code that an error of the program can carry. */
export const errorHelp: Record<ErrorCode, Explained> = {
  BAD_INPUT: {
    name: 'A value cannot be',
    happened: 'A value cannot be: a path, a number or a choice that does not fit.',
    safe: untouched,
    todo: 'The message says what was expected. Correct it and try again.',
  },
  FILE_NOT_FOUND: {
    name: 'A file is not there',
    happened: 'A file or folder is not where it was.',
    safe: finished,
    todo: 'Put it back, or connect its disk; then resume.',
  },
  FILE_UNREADABLE: {
    name: 'A file cannot be read',
    happened:
      'A file is cut short, damaged, not of the format its name says, or you have no right to read it.',
    safe: finished,
    todo: 'Copy or download it again, or change its permissions.',
  },
  FILE_EXISTS: {
    name: 'Something is in the way',
    happened:
      'Something else lies where the program would write, or what a run was started with has changed since.',
    safe: 'Nothing was overwritten.',
    todo: 'Choose another place, put the original back, or duplicate the project.',
  },
  DATASET_UNMAPPED: {
    name: 'The columns are not known',
    happened: 'The columns of the file match no layout that is known.',
    safe: untouched,
    todo: 'Say in the Dataset step which column is the prompt and which the answer. See [Dataset](dataset).',
  },
  DATASET_EMPTY: {
    name: 'No rows are left',
    happened: 'No row is left after all that cannot be used was dropped.',
    safe: untouched,
    todo: 'The reasons are listed in the Dataset step. Choose other files, or change the columns’ use.',
  },
  MODEL_UNSUPPORTED: {
    name: 'The model is of a kind that is not computed',
    happened: 'The model’s `config.json` asks for something that is not computed here.',
    safe: untouched,
    todo: 'Choose a model of a family that is: see [Model](model).',
  },
  MODEL_BROKEN: {
    name: 'The model’s files contradict each other',
    happened: 'The model’s files contradict each other, or a weight is missing or not a number.',
    safe: 'The model’s folder is never written to.',
    todo: 'Download it again.',
  },
  TEMPLATE_BROKEN: {
    name: 'The chat template fails',
    happened:
      'The chat template is missing, fails, or a conversation written by it cannot be told apart again.',
    safe: 'Nothing was trained.',
    todo: 'Choose the instruct version of the model, or repair the template in its folder.',
  },
  GATE_STEP0_LOSS: {
    name: 'Step 0 is not ln 2',
    happened: 'The loss at step 0 is not ln 2 = 0.693: model and opponent differ before training.',
    safe: 'Nothing was trained, and nothing is wasted.',
    todo: 'Read the details. If the model’s folder was changed after its answers were generated, put it back; otherwise duplicate the project.',
  },
  GATE_EQUAL_PAIRS: {
    name: 'Too many equal answers',
    happened: 'Too many generated answers equal the human ones, so there is little to learn from.',
    safe: 'The generated answers are saved.',
    todo: 'Duplicate the project with a higher temperature, or with other rows. The model may have learned this file already.',
  },
  GATE_CAPPED: {
    name: 'Too many cut answers',
    happened:
      'Too many generated answers were cut at the limit of new tokens; training on them would teach length.',
    safe: 'The generated answers are saved.',
    todo: 'Duplicate the project with a higher answer limit.',
  },
  GATE_EMPTY: {
    name: 'Too many empty answers',
    happened: 'Too many generated answers are empty.',
    safe: 'The generated answers are saved.',
    todo: 'Look at the template in the Model step: the model may take the prompt for a finished conversation.',
  },
  GUARD_STOPPED: {
    name: 'A guard stopped training',
    happened:
      'A guard ended training before one usable checkpoint existed: the human answers became less likely at once.',
    safe: 'The opponent and its answers are saved.',
    todo: 'Duplicate the project with a lower learning rate or a stronger human anchor.',
  },
  NOT_FINITE: {
    name: 'The loss became infinite',
    happened: 'The loss or its gradient became infinite or was no number any more.',
    safe: 'Checkpoints before it are saved.',
    todo: 'Duplicate the project with a lower learning rate.',
  },
  FRACTION_MISMATCH: {
    name: 'Answers of other settings',
    happened:
      'Saved answers were made with other settings, another model or another dataset than the run now has.',
    safe: 'They are kept as they are.',
    todo: 'Put the original model and dataset back, or duplicate the project.',
  },
  FRACTION_MISSING: {
    name: 'Answers are missing',
    happened: 'A file of generated answers is gone.',
    safe: 'The other fractions are saved.',
    todo: 'Resume: what is missing is generated again.',
  },
  DEVICE_LOST: {
    name: 'The device was lost',
    happened:
      'The card or its driver gave up: it was reset, ran too hot, lost its power, or a kernel of it failed.',
    safe: 'All that was finished: fractions, answered rows, checkpoints.',
    todo: 'The program starts its engine again and goes on by itself. If it stays so, choose another device in [Settings](settings), or restart the machine.',
  },
  OUT_OF_MEMORY: {
    name: 'Out of memory',
    happened: 'The machine ran out of memory. In training, fewer pairs at a time were already tried.',
    safe: 'Everything up to the last checkpoint is saved.',
    todo: 'Close other programs, then resume. If it happens again, duplicate the project with fewer pairs at a time, shorter rows or QLoRA.',
  },
  DISK_FULL: {
    name: 'The disk is full',
    happened: 'The disk with the project is full.',
    safe: 'Everything up to the last checkpoint is saved; no file is half written.',
    todo: 'Free space, then resume. The message says how much is needed.',
  },
  ENGINE_CRASHED: {
    name: 'The engine ended',
    happened: 'The process that computes ended unexpectedly.',
    safe: finished,
    todo: 'It is started again by itself. If you see this, resume; a report of it is under [Settings](settings).',
  },
  ENGINE_UNAVAILABLE: {
    name: 'The engine does not start',
    happened: 'The engine did not start, or ended several times without getting further.',
    safe: finished,
    todo: 'Read the details, close other programs, then resume. “This machine” on Home checks whether it starts.',
  },
  BACKEND_UNUSABLE: {
    name: 'What was chosen to compute with cannot be used',
    happened:
      'TensorFlow, WebGPU or CUDA was chosen to compute with. It is not installed, something that it needs is missing, or it computes wrong results.',
    safe: untouched,
    todo: 'Do what the message says, or choose ONNX Runtime, the default.',
  },
  RUNTIME_TOO_OLD: {
    name: 'Node.js is too old',
    happened: 'The Node.js that the program was started with is too old.',
    safe: untouched,
    todo: 'Start it with `npm start`, which brings its own.',
  },
  JUDGE_REFUSED: {
    name: 'The judge refuses',
    happened: 'The endpoint of the judge does not take the key, the model or the request.',
    safe: 'Verdicts so far are saved.',
    todo: 'The message says what the endpoint said. Correct the address, the key or the model, then go on.',
  },
  JUDGE_UNREACHABLE: {
    name: 'The judge does not answer',
    happened: 'The endpoint of the judge was not reached, or was busy at every try.',
    safe: 'Verdicts so far are saved.',
    todo: 'Check the network or wait, then go on: no verdict is paid for twice.',
  },
  JUDGE_BROKEN: {
    name: 'That is no judge',
    happened: 'Something else than an OpenAI-compatible endpoint answers at the address of the judge.',
    safe: 'Verdicts so far are saved.',
    todo: 'Check the address; most end in `/v1`.',
  },
  CANCELLED: {
    name: 'Cancelled',
    happened: 'It was stopped by a person.',
    safe: finished,
    todo: 'Resume or start again whenever you like.',
  },
  CLOSED: {
    name: 'Connection lost',
    happened: 'The window lost its connection to the program.',
    safe: 'What runs goes on as long as the program does; finished work is saved.',
    todo: 'Reload. In a browser, open the address that the terminal printed last: each start has a new one.',
  },
  BUSY: {
    name: 'Something else is being done',
    happened:
      'Something else is being done: the engine does one job at a time, and a project belongs to one program at a time.',
    safe: untouched,
    todo: 'Wait for it, or stop it.',
  },
  INTERNAL: {
    name: 'A fault of the program',
    happened: 'A fault of the program itself.',
    safe: finished,
    todo: 'Try again. If it comes back, save diagnostics in [Settings](settings) and report it with them.',
  },
}

const section = ([code, { name, happened, safe, todo }]: [string, Explained]): HelpSection => ({
  title: name,
  blocks: [happened, `**What is safe**: ${safe}`, `**What to do**: ${todo} Its code is \`${code}\`.`],
})

export const errors: Topic = {
  id: 'errors',
  title: 'Errors',
  summary: 'What each one means, what is safe, and what to do.',
  sections: Object.entries(errorHelp).map(section),
}
