import { unsupported } from './jinja/template-error.ts'

/** What each directive writes on 26 July 2024, 00:00. */
const directives: Readonly<Record<string, string>> = {
  '%': '%',
  a: 'Fri',
  A: 'Friday',
  b: 'Jul',
  B: 'July',
  c: 'Fri Jul 26 00:00:00 2024',
  d: '26',
  '-d': '26',
  D: '07/26/24',
  e: '26',
  f: '000000',
  F: '2024-07-26',
  G: '2024',
  h: 'Jul',
  H: '00',
  '-H': '0',
  I: '12',
  '-I': '12',
  j: '208',
  '-j': '208',
  m: '07',
  '-m': '7',
  M: '00',
  '-M': '0',
  n: '\n',
  p: 'AM',
  R: '00:00',
  S: '00',
  '-S': '0',
  t: '\t',
  T: '00:00:00',
  u: '5',
  U: '29',
  V: '30',
  w: '5',
  W: '30',
  x: '07/26/24',
  X: '00:00:00',
  y: '24',
  Y: '2024',
  z: '',
  Z: '',
}

/**
 * Python's strftime at a fixed moment, 26 July 2024 00:00, Llama 3's own fallback date: a prompt that held today's
 * date would make a run that passes midnight unrepeatable. Throws TemplateError for other directives.
 */
export function strftimeFixed(format: string): string {
  return format.replace(/%(-?.)/gs, (whole, directive: string) => {
    const written = Object.hasOwn(directives, directive) ? directives[directive] : undefined
    if (written === undefined) throw unsupported(`strftime_now with ${whole}`)
    return written
  })
}
