import { readCommon } from './common-fields.ts'
import { type ConfigFields, unsupported } from './config-fields.ts'
import type { Family } from './family.ts'
import { llamaConfig } from './llama.ts'
import { readRope, resolveRope, type RopeParameters } from './rope.ts'

/**
 * Phi-3 mini and medium, Phi-3.5 mini, Phi-4 and Phi-4-mini: a Llama with one matrix for q, k, v and one for gate, up;
 * the long ones with longrope, Phi-4-mini turning three quarters of a head.
 */
export const phi3: Family = {
  name: 'phi3',
  modelType: 'phi3',
  article: 'a Phi-3',
  parse(fields, { contextLength = 0 }) {
    fields.expectArchitecture('Phi3ForCausalLM')
    fields.expect('hidden_act', ['silu', 'swish'], 'the SiLU activation ("silu")')
    // Of Phi-4-mini's own modelling file; other values are of models that are not public.
    fields.expect('full_attn_mod', [1], 'full attention in every layer')
    fields.expect('interpolate_factor', [1], 'positions as they are')
    const common = readCommon(fields, { normEps: 1e-5, maxPositions: 4096, tiedEmbeddings: false })
    const parameters = readPhi3Rope(fields)
    const { rope_type: type } = parameters
    if (type !== 'default' && type !== 'longrope')
      throw unsupported('rope_type', type, 'a Phi-3 with the rope types default and longrope')
    const { headDim, maxPositions } = common
    const rope = resolveRope(parameters, { headDim, maxPositions, contextLength })
    return llamaConfig(
      { ...common, family: 'phi3', architecture: 'Phi3ForCausalLM', fusedProjections: true },
      { rope, window: fields.maybeSize('sliding_window') },
    )
  },
}

/** The rope parameters as this family names and defaults them. */
export function readPhi3Rope(fields: ConfigFields): RopeParameters {
  const parameters = readRope(fields, {
    theta: 10_000,
    partial: true,
    // Early names of longrope, in this family alone.
    aliases: { su: 'longrope', yarn: 'longrope' },
  })
  // What stands beside the rope parameters counts, and has a default, whatever stands among them.
  const original = fields.maybeSize('original_max_position_embeddings') ?? 4096
  return { ...parameters, original_max_position_embeddings: original }
}
