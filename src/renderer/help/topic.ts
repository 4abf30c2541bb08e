/** A topic of Help as data: searchable, and without markup of its own. */

export type Block =
  /** A paragraph; see inline-text.ts for what words may carry. */
  | string
  | { list: readonly string[] }
  | { table: { head: readonly string[]; rows: readonly (readonly string[])[] } }
  | { figure: 'loop' }
  | { sample: string }

export interface HelpSection {
  title: string
  blocks: readonly Block[]
}

export interface Topic {
  /** Of the address: #/help/<id>. */
  id: string
  title: string
  /** One sentence, under the title and in the list. */
  summary: string
  sections: readonly HelpSection[]
}

/** All that a block says, for the search. */
export function textOf(block: Block): string {
  if (typeof block === 'string') return block
  if ('list' in block) return block.list.join(' ')
  if ('table' in block) return [block.table.head, ...block.table.rows].flat().join(' ')
  return 'sample' in block ? block.sample : ''
}
