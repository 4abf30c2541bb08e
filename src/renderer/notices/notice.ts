/** Something that is told beside the page: the end of a run, the outcome of a command. */
export interface Notice {
  /** A later one of the same id replaces it. */
  id: string
  kind: 'info' | 'warning' | 'error'
  title: string
  text?: string | null
  action?: { words: string; run(): void }
}

const mostShown = 4

/** Newest last; one an id. */
export const withNotice = (notices: readonly Notice[], notice: Notice): Notice[] =>
  [...notices.filter(({ id }) => id !== notice.id), notice].slice(-mostShown)
