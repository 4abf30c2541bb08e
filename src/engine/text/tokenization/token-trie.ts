interface Node {
  children: Map<number, Node>
  id: number
}

/** Finds given texts in another, at each place the longest, as an Aho-Corasick of kind leftmost-longest does. */
export class TokenTrie {
  readonly #root: Node = { children: new Map(), id: -1 }
  /** Where no token begins with a unit, which is nearly everywhere, one lookup suffices. */
  readonly #starts = new Uint8Array(0x10000)

  /** The first of several equal texts counts. */
  add(text: string, id: number): void {
    if (text === '') return
    this.#starts[text.charCodeAt(0)] = 1
    let node = this.#root
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      let child = node.children.get(unit)
      if (!child) {
        child = { children: new Map(), id: -1 }
        node.children.set(unit, child)
      }
      node = child
    }
    if (node.id < 0) node.id = id
  }

  /** The first occurrence from `from` on. */
  find(text: string, from: number): { start: number; end: number; id: number } | undefined {
    for (let start = from; start < text.length; start++) {
      if (!this.#starts[text.charCodeAt(start)]) continue
      let node: Node | undefined = this.#root
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
