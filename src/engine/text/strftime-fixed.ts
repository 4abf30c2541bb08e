const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const fixedDate = { year: 2024, month: 7, day: 26 }

/**
 * Python's strftime at a fixed moment, 26 July 2024 00:00, Llama 3's own fallback date: a prompt that held today's
 * date would make a run that passes midnight unrepeatable.
 */
export function strftimeFixed(format: string): string {
  const month = months[fixedDate.month - 1] ?? ''
  const parts: Record<string, string> = {
    '%Y': String(fixedDate.year),
    '%m': '07',
    '%d': String(fixedDate.day),
    '%b': month.slice(0, 3),
    '%B': month,
    '%H': '00',
    '%M': '00',
    '%S': '00',
    '%y': '24',
    '%j': '208',
    '%A': 'Friday',
    '%a': 'Fri',
    '%%': '%',
  }
  return format.replace(/%[A-Za-z%]/g, (directive) => parts[directive] ?? directive)
}
