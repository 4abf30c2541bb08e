/** What a template parses to. Names follow jinja2/nodes.py. */

export interface Arguments {
  positional: Expression[]
  named: { name: string; value: Expression }[]
  spread?: Expression
  namedSpread?: Expression
}

export type Expression =
  | { kind: 'constant'; value: string | number | boolean | null | { float: number } }
  | { kind: 'name'; name: string }
  | { kind: 'list' | 'tuple'; items: Expression[] }
  | { kind: 'dict'; pairs: { key: Expression; value: Expression }[] }
  | { kind: 'attribute'; object: Expression; name: string }
  | { kind: 'item'; object: Expression; key: Expression }
  | { kind: 'slice'; object: Expression; start?: Expression; stop?: Expression; step?: Expression }
  | { kind: 'call'; callee: Expression; arguments: Arguments }
  /** Without an operand: the body of a filter block. */
  | { kind: 'filter'; operand?: Expression; name: string; arguments: Arguments }
  | { kind: 'test'; operand: Expression; name: string; arguments: Arguments }
  | { kind: 'not' | 'negative' | 'positive'; operand: Expression }
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'concat'; parts: Expression[] }
  | { kind: 'compare'; first: Expression; rest: { operator: string; operand: Expression }[] }
  | { kind: 'conditional'; test: Expression; then: Expression; otherwise?: Expression }

export type Target =
  | { kind: 'name'; name: string }
  | { kind: 'member'; name: string; attribute: string }
  | { kind: 'tuple'; targets: Target[] }

export interface Parameter {
  name: string
  fallback?: Expression
}

export interface Loop {
  kind: 'for'
  target: Target
  iterable: Expression
  test?: Expression
  recursive: boolean
  body: Statement[]
  otherwise: Statement[]
}

export interface Macro {
  name: string
  parameters: Parameter[]
  body: Statement[]
  /** Whether the body reads `varargs`, `kwargs`, `caller`: only then does the macro accept such arguments. */
  takes: ReadonlySet<string>
}

export type Statement =
  | { kind: 'text'; text: string }
  | { kind: 'output'; expression: Expression }
  | { kind: 'if'; branches: { test: Expression; body: Statement[] }[]; otherwise: Statement[] }
  | Loop
  | { kind: 'break' | 'continue' }
  | { kind: 'set'; target: Target; value: Expression }
  | { kind: 'set block'; target: Target; filter?: Expression; body: Statement[] }
  | { kind: 'with'; targets: Target[]; values: Expression[]; body: Statement[] }
  | { kind: 'macro'; macro: Macro }
  | { kind: 'call block'; call: Expression; macro: Macro }
  | { kind: 'filter block'; filter: Expression; body: Statement[] }
  /** transformers' {% generation %}: marks what the assistant wrote; a scope of its own, otherwise without effect. */
  | { kind: 'generation'; body: Statement[] }
