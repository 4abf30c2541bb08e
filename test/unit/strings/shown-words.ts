import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'

/** A text in a source file that reads as something for a person. */
export interface ShownWords {
  /** "src/renderer/home/home-page.tsx:31" */
  at: string
  text: string
}

type Node = { type: string; start: number; end: number } & Record<string, unknown>

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Attributes that no person reads: classes, drawing, addresses. */
const silentAttributes = new Set([
  'className',
  'classNames',
  'd',
  'viewBox',
  'style',
  'href',
  'rel',
  'transform',
])

/** Called so in any language. */
const names = new Set(
  (
    'Escape Enter ArrowUp ArrowDown ArrowLeft ArrowRight PageUp PageDown Home End Tab Backspace Delete Files ' +
    'Notification NotAllowedError AbortError Uint8Array Apache-2.0 Prepend'
  ).split(' '),
)

/** Fonts, selectors, media queries, key presses as `keysOf` and Electron write them, a page's policy, names of repositories. */
const isCode = (text: string): boolean =>
  /sans-serif|monospace|\[role="|\((max|min)-width|^(Ctrl|Alt|Shift)( \S+)?$|^[\w.-]+\/[\w.-]+$|^CmdOrCtrl|^Shift\+|-src |'none'$/.test(
    text,
  )

/** A word and a space, or a capital and small letters: "of 12", "Iteration". */
const reads = (text: string): boolean =>
  (/(^|[\s(“"])[A-Za-z][a-z’'-]+[,.:;!?…]? /.test(text) ||
    / [A-Za-z]?[a-z’'-]+([\s,.:;!?…)]|$)/.test(text) ||
    /^[A-Z][a-z]+/.test(text.trim())) &&
  !names.has(text) &&
  !isCode(text)

/** Errors keep their English where they are thrown: code and data cross with it. The console is the terminal's. */
const makesError = (node: Node, source: string): boolean => {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false
  const callee = node['callee'] as Node
  return /Error$|^desktopOnly$|^console\.\w+$/.test(source.slice(callee.start, callee.end))
}

const text = (node: unknown, source: string): string =>
  isNode(node) ? source.slice(node.start, node.end) : ''

/** What a stage says: progress and log events, warnings and remarks, however they are handed on. */
const isSaid = (node: Node, source: string): boolean => {
  const { type } = node
  if (type === 'ObjectExpression')
    return (node['properties'] as Node[]).some((property) =>
      /^kind: ?'(progress|log)'/.test(text(property, source)),
    )
  if (type === 'CallExpression')
    return /((warnings|remarks)\.push|onWarning|\.finished)\??\.?$/.test(text(node['callee'], source))
  if (type === 'NewExpression') return text(node['callee'], source) === 'StageProgress'
  if (type === 'Property') return /^(warnings?|remarks?|problem)$/.test(text(node['key'], source))
  return type === 'VariableDeclarator' && /^(warnings?|remarks?)$/.test(text(node['id'], source))
}

/** Every text of a file that reads as words, but for arguments of errors, classes and types; `said`: in what a stage says alone. */
export function shownWords(file: string, { said = false } = {}): ShownWords[] {
  const source = readFileSync(file, 'utf8')
  const found: ShownWords[] = []
  const say = (node: Node, text: string): void => {
    found.push({ at: `${file}:${source.slice(0, node.start).split('\n').length}`, text: text.trim() })
  }
  const visit = (value: unknown, inside: boolean): void => {
    if (Array.isArray(value)) return value.forEach((item) => visit(item, inside))
    if (!isNode(value)) return
    if (/^(Import|ExportAll|TSType|TSInterface|TSUnion|TSLiteral)/.test(value.type)) return
    if (makesError(value, source)) return
    if (value.type === 'JSXAttribute' && silentAttributes.has(String((value['name'] as Node)['name']))) return
    if (value.type === 'VariableDeclarator' && /[cC]lass(Name)?$/.test(String((value['id'] as Node)['name'])))
      return
    const counts = inside || isSaid(value, source)
    if (!counts) {
      for (const key in value) if (key !== 'type') visit(value[key], false)
      return
    }
    if (value.type === 'JSXText' && /[A-Za-z]{2}/.test(String(value['value']).replaceAll(/&\w+;/g, '')))
      say(value, String(value['value']))
    if (value.type === 'Literal' && typeof value['value'] === 'string' && reads(value['value']))
      say(value, value['value'])
    if (value.type === 'TemplateElement') {
      const { cooked } = value['value'] as { cooked: string }
      if (reads(cooked)) say(value, cooked)
    }
    for (const key in value) if (key !== 'type') visit(value[key], counts)
  }
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  visit(program, !said)
  return found
}
