/** How numbers, amounts and times are written. */
export const unitStrings = {
  /** Of digits and their groups. */
  numbers: 'en-US',
  /** Of days and hours. */
  dates: 'en-GB',
  bytes: (count: number) => `${count} bytes`,
  steps: (count: string) => `${count} steps`,
  points: (amount: string) => `${amount} pts`,
  million: (amount: string) => `${amount} million`,
  billion: (amount: string) => `${amount} billion`,
  seconds: (count: number) => `${count} s`,
  minutes: (count: number) => `${count} min`,
  /** Minutes have two digits. */
  hours: (hours: number, minutes: string) => `${hours} h ${minutes} min`,
} as const
