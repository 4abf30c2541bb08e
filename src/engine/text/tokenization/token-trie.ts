/** Of a trie over UTF-16 units; `id` < 0: no token ends here. */
export interface TrieNode {
  children: Map<number, TrieNode>
  id: number
}

export const emptyNode = (): TrieNode => ({ children: new Map(), id: -1 })

/** The node of a text, made where it is not there. */
export function nodeOf(root: TrieNode, text: string): TrieNode {
  let node = root
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    let child = node.children.get(unit)
    if (!child) {
      child = emptyNode()
      node.children.set(unit, child)
    }
    node = child
  }
  return node
}

/** Finds given texts in another, at each place the longest, as an Aho-Corasick of kind leftmost-longest does. */
export class TokenTrie {
  readonly #root = emptyNode()
  /** Where no token begins with a unit, which is nearly everywhere, one lookup suffices. */
  readonly #starts = new Uint8Array(0x10000)

  /** The first of several equal texts counts. */
  add(text: string, id: number): void {
    if (text === '') return
    this.#starts[text.charCodeAt(0)] = 1
    const node = nodeOf(this.#root, text)
    if (node.id < 0) node.id = id
  }

  /** The first occurrence from `from` on. */
  find(text: string, from: number): { start: number; end: number; id: number } | undefined {
    for (let start = from; start < text.length; start++) {
      if (!this.#starts[text.charCodeAt(start)]) continue
      let node: TrieNode | undefined = this.#root
      let found: { start: number; end: number; id: number } | undefined
      for (let end = start; end < text.length;) {
        node = node.children.get(text.charCodeAt(end++))
        if (!node) break
        if (node.id >= 0) found = { start, end, id: node.id }
      }
      if (found) return found
    }
    return undefined
  }
}
