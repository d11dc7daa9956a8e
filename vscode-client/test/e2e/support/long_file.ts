const LINES = 1000;

/** A program of 1,000 lines that builds a model of a hundred layers; the rest is what programs are full of. */
export function longProgram(): string {
  const lines = ['"""A long program."""', "", "import keras", "from keras import layers", ""];
  lines.push("inputs = keras.Input((64,))", "x = inputs");
  for (let layer = 0; lines.length < LINES - 2; layer += 1) {
    if (layer < 100) lines.push(`x = layers.Dense(${32 + (layer % 7)}, activation="relu")(x)`);
    lines.push("", "", `def helper_${layer}(values, scale=${layer}.5):`);
    lines.push(`    """Scale what is not negative, number ${layer}."""`);
    lines.push("    kept = [value * scale for value in values if value >= 0]");
    lines.push('    names = {"first": kept[:1], "rest": kept[1:]}');
    lines.push("    return names, sum(kept)", "", "");
  }
  lines.length = LINES - 1;
  lines.push("model = keras.Model(inputs, x)");
  return `${lines.join("\n")}\n`;
}
