/**
 * Every failure the product expects. An AppError crosses process boundaries with its code and data;
 * anything else is a bug and crosses as `INTERNAL` with an id that the log explains.
 * Messages say what was expected, what was found, and what to do.
 */
export const errorCodes = [
  'BAD_INPUT', // a request, option or config value that does not parse
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE', // truncated, wrong magic, invalid UTF-8, not the format its name promises
  'FILE_EXISTS', // an output that would be overwritten with different settings
  'DATASET_UNMAPPED', // no known column layout
  'DATASET_EMPTY', // nothing is left after validation
  'MODEL_UNSUPPORTED', // config.json names maths we do not implement
  'MODEL_BROKEN', // safetensors, tokenizer or config contradict each other
  'TEMPLATE_BROKEN', // chat template missing, raising, or not round-tripping
  'GATE_STEP0_LOSS', // the SPIN term at step 0 is not ln 2
  'GATE_EQUAL_PAIRS', // too many generated answers equal the real one
  'GATE_CAPPED', // too many answers hit max_new_tokens
  'GATE_EMPTY', // too many empty answers
  'GUARD_STOPPED', // a live guard ended training before one usable checkpoint existed
  'NOT_FINITE', // loss or gradient became NaN or infinite
  'FRACTION_MISMATCH', // fractions made with other settings, another model or another dataset
  'FRACTION_MISSING',
  'OUT_OF_MEMORY',
  'DEVICE_LOST', // what it computed on is gone for the engine's process; a new one may have it again
  'DISK_FULL',
  'ENGINE_CRASHED',
  'ENGINE_UNAVAILABLE', // restarted too often, or never started
  'BACKEND_UNUSABLE', // what was chosen to compute with is not installed, cannot be loaded, or computes wrong results
  'RUNTIME_TOO_OLD', // Node without the N-API level that better-sqlite3 needs
  'JUDGE_REFUSED', // the endpoint does not take the key, the model or the request
  'JUDGE_UNREACHABLE', // no answer, or too many requests, after all tries
  'JUDGE_BROKEN', // what answers does not speak the protocol
  'CANCELLED',
  'CLOSED', // the wire closed while a call was pending
  'BUSY', // one job at a time
  'INTERNAL',
] as const

export type ErrorCode = (typeof errorCodes)[number]
export type ErrorData = Record<string, string | number | boolean | null | readonly (string | number)[]>

export class AppError extends Error {
  readonly code: ErrorCode
  readonly data: ErrorData

  constructor(code: ErrorCode, message: string, data: ErrorData = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.data = data
  }
}
