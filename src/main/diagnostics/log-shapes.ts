/**
 * What of a log line may leave the machine. A message of an error quotes what it stumbled over (V8's JSON.parse prints the
 * text around the place), so nothing is taken out of a line: only known shapes are let in, and all else is counted.
 */

const runtimeLines = [
  // V8's and the C++ library's own last words; they hold numbers and names of their functions alone.
  /^FATAL ERROR: [\w .:-]*$/,
  /^<--- (Last few GCs|JS stacktrace) --->$/,
  /^terminate called (after throwing an instance of '[\w:]+'|without an active exception|recursively)$/,
  /^ {2}what\(\): {2}std::bad_alloc$/,
  /^Node\.js v[\d.]+$/,
]

/** One line, kept, cut to its known part, or replaced by its length. */
export function logShape(line: string): string {
  if (line.trim() === '') return ''
  if (runtimeLines.some((shape) => shape.test(line))) return line
  const shape = stackFrame(line) ?? errorHead(line) ?? errorCode(line) ?? onnxRuntime(line)
  return shape ?? `(line of ${line.length} characters left out)`
}

/** "    at name (file:///…/src/main/x.ts:12:3)": the place within the program, or Node's own. */
function stackFrame(line: string): string | null {
  const frame = /^\s+at (?:(?:async |new )?([\w$.<>#]+(?: \[as \w+\])?) )?\(?(.*?):(\d+)(?::(\d+))?\)?$/.exec(
    line,
  )
  if (!frame) return null
  const [, name = '(anonymous)', path = '', row = '', column = '0'] = frame
  const place = placeOf(path)
  // Where the place is a person's, so is the name of the function.
  return `    at ${place === elsewhere ? '(function)' : name} (${place}:${row}:${column})`
}

const elsewhere = '<path>'

/** Paths within the program are the same on every machine; all others say where a person keeps things. */
function placeOf(path: string): string {
  if (/^node:[\w/]+$/.test(path)) return path
  const own = /[\\/]((?:src|out)[\\/](?:main|engine|ipc|contract|preload|renderer)[\w\\/.-]*)$/.exec(
    path,
  )?.[1]
  if (own) return own.replaceAll('\\', '/')
  const packaged = /[\\/]node_modules[\\/]((?:@[\w.-]+[\\/])?[\w.-]+)[\\/]/.exec(path)?.[1]
  return packaged ? `node_modules/${packaged.replaceAll('\\', '/')}` : elsewhere
}

/** "TypeError: …" → its class. */
function errorHead(line: string): string | null {
  const head =
    /^(?:Uncaught |Unexpected error [0-9a-f]{8}: |\[cause\]: |\s+\[cause\]: )*([A-Z]\w*(?:Error|Exception))\b(.*)$/.exec(
      line,
    )
  return head ? `${head[1]} (message of ${(head[2] ?? '').length} characters left out)` : null
}

/** "  code: 'DISK_FULL'," as Node prints the fields of an error. */
function errorCode(line: string): string | null {
  const code = /^\s+code: '([A-Z][A-Z0-9_]{1,40})',?$/.exec(line)?.[1]
  return code ? `  code: ${code}` : null
}

/** Severity, source place and operator of a line of ONNX Runtime's log. */
function onnxRuntime(line: string): string | null {
  const entry = /\[([EWFV]:onnxruntime):[^\]]*?, ([\w.]+:\d+) [^\]]*\](.*)$/.exec(line)
  if (!entry) return null
  const operator = /while running (\w+) node/.exec(entry[3] ?? '')?.[1]
  return `[${entry[1]} ${entry[2]}]${operator ? ` while running ${operator}` : ''}`
}
