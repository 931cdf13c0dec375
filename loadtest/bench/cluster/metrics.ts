/** What the product's `/metrics` say, as differences between two looks. */

/** Sum of the values by their name and labels, over several processes. */
export type Samples = ReadonlyMap<string, number>;

/** Of Prometheus's text format, without buckets. */
export const parseSamples = (texts: readonly string[]): Samples => {
  const samples = new Map<string, number>();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, key, value] = /^(munova_\w+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
    if (key === undefined || key.includes('le="')) continue;
    samples.set(key, (samples.get(key) ?? 0) + Number(value));
  }
  return samples;
};

export const readSamples = async (addresses: readonly string[]): Promise<Samples> => {
  const texts = addresses.map(async (http) => (await fetch(`${http}/metrics`)).text());
  return parseSamples(await Promise.all(texts));
};

export interface Mean {
  readonly count: number;
  /** In the metric's unit; 0 of none. */
  readonly mean: number;
}

/** Of a histogram between two looks. @param labels as they stand in the text, with braces; none by default */
export const meanBetween = (before: Samples, after: Samples, name: string, labels = ''): Mean => {
  const grown = (part: 'sum' | 'count'): number => {
    const key = `${name}_${part}${labels}`;
    return (after.get(key) ?? 0) - (before.get(key) ?? 0);
  };
  const count = grown('count');
  return { count, mean: count === 0 ? 0 : grown('sum') / count };
};
