// "Did you mean": the known word that a mistyped one was most likely meant to be. Plain edit distance with swaps of
// neighbours (optimal string alignment), at most a third of the word, so that a hint is never a wild guess.

/** "did you mean `x`?", or null where no known word is near enough. */
export function didYouMean(word: string, known: Iterable<string>): string | null {
  const near = nearest(word, known);
  return near === null ? null : `did you mean \`${near}\`?`;
}

export function nearest(word: string, known: Iterable<string>): string | null {
  const normal = normalize(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(normal.length / 3)) + 1;
  if (word.length > LONGEST) return null;
  for (const candidate of known) {
    const distance = editDistance(normal, normalize(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Words longer than this are no typing mistakes; it also bounds the work. */
const LONGEST = 64;

/** `firstName`, `first-name`, `First Name` and `first_names` are all `first_name` to a reader. */
const normalize = (word: string): string =>
  word
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[\s-]+/g, "_")
    .toLowerCase()
    .replace(/ies$/, "y")
    .replace(/s$/, "");

/** Insertions, deletions, changes and swaps of neighbours from `a` to `b`; `limit` where it is that many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(changed, at(row, j) + 1, at(next, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(before, j - 2) + 1);
      next.push(cost);
    }
    // A row never has less than the one before: from here on it can only be more.
    if (Math.min(...next) >= limit && Math.min(...row) >= limit) return limit;
    before = row;
    row = next;
  }
  return Math.min(at(row, b.length), limit);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.MAX_SAFE_INTEGER;
