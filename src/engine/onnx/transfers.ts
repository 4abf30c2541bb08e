/** Bytes that programs sent to a device with memory of its own and fetched from it, since the process began. */
export interface Transfers {
  sentBytes: number
  fetchedBytes: number
}

const counted: Transfers = { sentBytes: 0, fetchedBytes: 0 }

export const transfers = (): Transfers => ({ ...counted })

export function countTransfer(sentBytes: number, fetchedBytes: number): void {
  counted.sentBytes += sentBytes
  counted.fetchedBytes += fetchedBytes
}
