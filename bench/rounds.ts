// How figures are taken: the contestants of a comparison run in turn, several rounds, in one run on one machine, and what is
// reported of them are medians. Other work on the machine then meets all of them alike, and one bad moment spoils one round
// and not the result. Every second round goes backwards, so that whatever drifts (heat, a disk that fills) favours nobody.

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds before those, which count for nothing: code is compiled, caches fill. */
  readonly warmUp: number;
}

/** What each contestant gave, round by round. One throwing ends all. */
export async function inTurn<Name extends string, Sample>(
  options: RoundOptions,
  contestants: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(contestants) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  for (let round = -options.warmUp; round < options.rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await contestants[name]();
      if (round >= 0) samples[name].push(sample);
    }
  }
  return samples;
}

/** The middle one; of an even number the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Of the ratios of each round, because two runs of one round met the same weather. */
export function ratioOf(values: readonly number[], base: readonly number[]): Ratio {
  const ratios = values.map((value, round) => value / (base[round] ?? Number.NaN));
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
