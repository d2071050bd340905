// From scores to probabilities, over a whole vocabulary.

/** Probabilities of every token at a temperature: softmax(scores / temperature), in double precision. */
export function probabilitiesAt(scores: ArrayLike<number>, temperature: number): Float64Array {
  let largest = -Infinity;
  for (let place = 0; place < scores.length; place++) largest = Math.max(largest, scores[place]);
  const probabilities = new Float64Array(scores.length);
  let total = 0;
  for (let place = 0; place < scores.length; place++) {
    probabilities[place] = Math.exp((scores[place] - largest) / temperature);
    total += probabilities[place];
  }
  for (let place = 0; place < probabilities.length; place++) probabilities[place] /= total;
  return probabilities;
}

/** The uncertainty of a distribution in bits: its entropy. */
export function bitsOf(probabilities: Float64Array): number {
  let bits = 0;
  for (const share of probabilities) if (share > 0) bits -= share * Math.log2(share);
  return bits;
}
