/**
 * What the graphs need to know of a model, whatever family it is of. A family's file (families/<name>.ts) turns its
 * config.json into this and refuses by name what it cannot express; every graph (training, scoring, generation) reads
 * this alone.
 *
 * Weight shapes: q [heads·headDim, hidden], k and v [kvHeads·headDim, hidden], o [hidden, heads·headDim], gate and up
 * [ffn, hidden], down [hidden, ffn], embeddings [vocab, hidden].
 */
export interface ModelConfig {
  family: FamilyName
  /** As config.json names it: "LlamaForCausalLM". */
  architecture: string
  layers: number
  hidden: number
  heads: number
  kvHeads: number
  /** Even. Usually hidden / heads, but config.json may state another. */
  headDim: number
  ffn: number
  vocab: number
  maxPositions: number
  tiedEmbeddings: boolean
  normEps: number
  /** Added to every norm's weight: Gemma stores w for a factor of 1 + w. */
  normOffset: 0 | 1
  activation: 'silu' | 'gelu-tanh'
  biases: { qkv: boolean; o: boolean; mlp: boolean }
  /** Qwen3, Gemma 3: each head of q and k is normed before its rotation (weights q_norm and k_norm, [headDim]). */
  queryKeyNorm: boolean
  /** Phi-3: one matrix for q, k, v ("qkv_proj") and one for gate, up ("gate_up_proj"). */
  fusedProjections: boolean
  /** Gemma: the outputs of attention and MLP are normed too, before they are added (four norms a layer). */
  sandwichNorms: boolean
  /** Token embeddings are multiplied by this (Gemma: √hidden). */
  embeddingScale: number
  /** Factor of q·k, usually headDim^−½. */
  attentionScale: number
  /** cap·tanh(x / cap) on attention scores, on logits (Gemma 2); null = none. */
  attentionSoftcap: number | null
  logitSoftcap: number | null
  /** Distinct kinds of layers. Layers of one kind share a program. */
  layerKinds: readonly LayerKind[]
  /** Index into `layerKinds` of every layer [layers]. */
  kindOfLayer: readonly number[]
  bosTokenId?: number
  /** Those of config.json alone; the model folder merges the others. */
  eosTokenIds: number[]
  padTokenId?: number
  /** "float32", "bfloat16", …: what config.json says, which is not always what the weights are. */
  torchDtype: string
}

export const familyNames = ['llama', 'mistral', 'qwen2', 'qwen3', 'phi3', 'gemma2', 'gemma3'] as const
export type FamilyName = (typeof familyNames)[number]

export interface LayerKind {
  /** A token sees itself and the `window` − 1 tokens before it; null = all before it. */
  window: number | null
  rope: Rope
}

/**
 * Rotary positions with every scaling already worked in: the angle of pair i at position p is p·inverseFrequencies[i];
 * cos and sin are multiplied by `attentionFactor` (yarn, longrope; else 1).
 */
export interface Rope {
  /** [rotary size / 2]; fewer than headDim / 2 where only the first part of a head is rotated (Phi-4-mini). */
  inverseFrequencies: Float64Array
  attentionFactor: number
  /** The frequencies were chosen by the length of the job's sequences ("dynamic", "longrope"): see RopeContext. */
  byLength?: boolean
}
