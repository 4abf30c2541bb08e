/** Words of the samples page. Numbers come formatted. */
export const samplesStrings = {
  title: 'Samples',
  subtitle: (run: number, iteration: number, opponent: string, rows: string, split: 'test' | 'train') =>
    `Run ${run}, iteration ${iteration} against its opponent (${opponent}). ${rows} ${split === 'test' ? 'held-back' : 'training'} rows.`,
  base: 'base model',
  iteration: (iteration: number) => `iteration ${iteration}`,
  shortIteration: (iteration: number) => `It. ${iteration}`,
  chooseIteration: 'Iteration ([ and ])',
  chooseSplit: 'Rows',
  splits: { test: 'Held back', train: 'Training' },
  otherModel: 'another model',
  exportRows: 'Export rows…',
  exportHint: 'Saves the listed rows as JSON Lines',
  exporting: (percent: string) => `Exporting ${percent}`,

  emptyTitle: 'Samples appear after the first iteration',
  empty: 'Each prompt with its human answer, the opponent’s answer and the new model’s, token by token.',
  toPlan: 'Go to Plan',
  toRun: 'Go to Run',
  loading: 'Reading samples…',

  list: 'Rows',
  search: 'Search prompts and answers',
  clearSearch: 'Clear search',
  filter: 'Filter rows',
  sort: 'Sort rows',
  filters: {
    all: 'All rows',
    wins: 'Human wins',
    loses: 'Opponent wins',
    equal: 'Generated = human',
    capped: 'Cut at the limit',
    flagged: 'Flagged',
  },
  chips: { all: 'All', wins: 'Wins', loses: 'Loses', flagged: 'Flagged' },
  sorts: {
    'largest-margin': 'Largest margin',
    'smallest-margin': 'Smallest margin',
    longest: 'Longest answer',
    shortest: 'Shortest answer',
    file: 'File order',
  },
  flaggedMark: 'Flagged',
  rowOf: (row: string, rows: string) => `Row ${row} of ${rows}`,
  noRows: 'No row matches.',
  noRowsHelp: 'Change the search or the filter.',
  marginUnknown: 'Margin not known',
  marginName: (margin: string) => `margin ${margin} nats`,
  searching: 'Searching…',

  sample: 'Sample',
  prompt: 'Prompt',
  promptFacts: (id: string, messages: number, tokens: string | null) =>
    [id, messages === 1 ? '1 message' : `${messages} messages`, tokens === null ? null : `${tokens} tokens`]
      .filter((part) => part !== null)
      .join(', '),
  flag: 'Flag',
  unflag: 'Remove flag',
  flagHint: 'Flags this prompt in every iteration (F)',
  showAll: (messages: number) => (messages === 1 ? 'Show whole prompt' : `Show all ${messages} messages`),
  showLess: 'Show less',
  between: (messages: number) => (messages === 1 ? '… 1 reply …' : `… ${messages} messages …`),
  roles: { system: 'System', user: 'User', assistant: 'Assistant' },

  legend: 'Colour: new model against opponent, per token',
  scoring: 'Scoring tokens…',
  noModelYet: 'Colours appear once this iteration has trained its model',
  readsGenerated: 'reads as generated',
  readsHuman: 'reads as human',
  neither: 'no difference',
  scale: { low: '−1.6', middle: '0', high: '+1.6 nats' },
  retry: 'Try again',

  sides: { human: 'Human', opponent: 'Opponent', newModel: 'New model' },
  fromDataset: 'from the dataset',
  copy: (side: string) => `Copy the ${side.toLowerCase()} answer`,
  copied: 'Copied',
  tokens: (count: string) => `${count} tokens`,
  tokensHint: 'Tokens of the answer, its end included',
  reward: 'Reward',
  rewardHint: 'Nats: beta × (log-probability by the new model − by the opponent), summed over the answer',
  perToken: 'Per token',
  perTokenHint: 'Nats: mean log-probability by the new model − by the opponent, without beta',
  notGenerated: 'Not generated',
  notGeneratedYet: {
    test: 'The new model answers these prompts when the iteration is evaluated.',
    train: 'The new model answers these prompts when the next iteration generates.',
  },
  cut: 'cut',
  cutHint: 'Reached the longest allowed answer, so it has no end',
  end: 'end',
  endName: 'End of the answer',
  blank: 'Blank',
  lineBreak: 'Line break',
  tokensOf: (side: string) => `${side} answer, token by token`,
  tokenNats: (nats: string) => `${nats} nats`,
  tokenShares: (opponent: string, newModel: string) => `Opponent ${opponent}, new model ${newModel}`,
  /** Of a share too small for its digits. */
  under: (share: string) => `under ${share}`,
  emptyAnswer: 'Empty answer',

  rewardSoFar: 'Reward so far',
  rewardSoFarUnit: 'nats, added up token by token',
  axisStart: 'token 0',
  tokenColumn: 'token',
  copyTable: 'Copy as table',
  lineNames: { human: 'human', opponent: 'opponent', newModel: 'new model' },
  atToken: (token: number, values: string) => `Token ${token}: ${values}`,
  chartName: (parts: string) => `Reward so far, nats: ${parts}`,

  marginOfPair: 'Margin of this pair',
  marginHint:
    'Reward of the human answer − reward of the opponent’s; above 0, the new model tells them apart',
  nats: (value: string) => `${value} nats`,
  marginSum: (human: string, opponent: string) => `= human ${human} − opponent ${opponent}`,
  marginNone: 'known after evaluation',
  humanWins: 'Human wins',
  opponentWins: 'Opponent wins',
  tie: 'Equal',
  rank: (verdict: string, rank: string, rows: string) => `${verdict}, ${rank} of ${rows}`,
} as const

/** 1 → "1st". */
export function ordinal(value: number, written: string): string {
  const tens = value % 100
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return written + ending
}
