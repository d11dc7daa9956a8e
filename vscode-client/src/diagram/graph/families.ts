/** What a layer does, which gives its node the colour of its edge. */

export const FAMILIES = [
  "input",
  "convolution",
  "dense",
  "recurrent",
  "attention",
  "normalization",
  "activation",
  "pooling",
  "shape",
  "merge",
  "model",
  "other",
] as const;

export type Family = (typeof FAMILIES)[number];

// Matched in this order: MaxPooling before anything that ends in a rank, LayerNormalization before Layer.
const PATTERNS: readonly (readonly [RegExp, Family])[] = [
  [/^input/iu, "input"],
  [/pool/iu, "pooling"],
  [/norm|dropout|noise|regulari[sz]ation/iu, "normalization"],
  [/attention|transformer|embedding/iu, "attention"],
  [/conv/iu, "convolution"],
  [/lstm|gru|rnn|bidirectional|timedistributed/iu, "recurrent"],
  [/^(dense|einsumdense|linear|matmul)/iu, "dense"],
  [/relu|elu|softmax|sigmoid|tanh|activation|gelu|swish|silu/iu, "activation"],
  [/^(add|subtract|multiply|average|maximum|minimum|concat|dot|stack|merge)/iu, "merge"],
  [/flatten|reshape|permute|padding|cropping|repeatvector|upsampling|transpose|resiz|rescal|expand|squeeze/iu, "shape"],
];

/** The family of a layer or operation by the name of its type. */
export function familyOf(type: string, kind: string): Family {
  if (kind === "model" || kind === "input") {
    return kind;
  }
  return PATTERNS.find(([pattern]) => pattern.test(type))?.[1] ?? "other";
}
