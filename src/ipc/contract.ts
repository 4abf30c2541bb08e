import type { z } from 'zod'

/** What one side serves: name → schemas. Calls answer once; streams answer with events until they end. */
export interface Contract {
  readonly calls: Readonly<Record<string, { readonly input: z.ZodType; readonly output: z.ZodType }>>
  readonly streams: Readonly<Record<string, { readonly input: z.ZodType; readonly event: z.ZodType }>>
}

export type CallName<C extends Contract> = keyof C['calls'] & string
export type StreamName<C extends Contract> = keyof C['streams'] & string

/** What a caller passes (defaults may be left out) … */
export type CallInput<C extends Contract, N extends CallName<C>> = z.input<C['calls'][N]['input']>
export type StreamInput<C extends Contract, N extends StreamName<C>> = z.input<C['streams'][N]['input']>
/** … and what a handler gets (parsed, defaults filled in). */
export type ParsedCallInput<C extends Contract, N extends CallName<C>> = z.output<C['calls'][N]['input']>
export type ParsedStreamInput<C extends Contract, N extends StreamName<C>> = z.output<
  C['streams'][N]['input']
>

export type CallOutput<C extends Contract, N extends CallName<C>> = z.output<C['calls'][N]['output']>
export type StreamEvent<C extends Contract, N extends StreamName<C>> = z.output<C['streams'][N]['event']>
