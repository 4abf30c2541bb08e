/** What is left of a batch after memory ran out so many times: halved each time, at least 1. */
export const batchAfter = (batch: number, memoryAttempt = 0): number =>
  Math.max(1, Math.floor(batch / 2 ** memoryAttempt))
