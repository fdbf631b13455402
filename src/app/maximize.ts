// Nelder and Mead's simplex (The Computer Journal 7 (1965)): the maximum of a function of a few numbers, without derivatives.
// From where it ends it begins once more with a fresh simplex, because one that has grown flat may stop short of the top.

const REFLECT = 1;
const EXPAND = 2;
const CONTRACT = 0.5;
const SHRINK = 0.5;
/** Size of the first steps. */
const STEP = 0.5;

export interface Maximum {
  readonly at: readonly number[];
  readonly value: number;
  /** Whether the simplex became as small as was asked before the iterations ran out. */
  readonly converged: boolean;
  readonly iterations: number;
}

export interface MaximizeOptions {
  readonly iterations: number;
  /** Largest difference of the function, and of any number, over the simplex at the end. */
  readonly tolerance: number;
}

interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

export function maximize(of: (at: readonly number[]) => number, start: readonly number[], options: MaximizeOptions): Maximum {
  const first = climb(of, start, options);
  const second = climb(of, first.at, options);
  return { ...second, iterations: first.iterations + second.iterations };
}

function climb(of: (at: readonly number[]) => number, start: readonly number[], { iterations, tolerance }: MaximizeOptions): Maximum {
  const corner = (at: readonly number[]): Corner => ({ at, value: worstIfNone(of(at)) });
  let corners = [corner(start), ...start.map((_, axis) => corner(start.map((value, other) => (other === axis ? value + STEP : value))))];
  for (let done = 0; ; done++) {
    corners = corners.sort((a, b) => b.value - a.value);
    const best = corners[0] as Corner;
    const small = isSmall(corners, tolerance);
    if (small || done === iterations) return { at: best.at, value: best.value, converged: small, iterations: done };
    corners = step(corners, corner);
  }
}

/** One move of the worst corner; where none helps, all move towards the best. */
function step(corners: readonly Corner[], corner: (at: readonly number[]) => Corner): Corner[] {
  const [best, last, kept] = [corners[0] as Corner, corners.at(-1) as Corner, corners.slice(0, -1)];
  const center = best.at.map((_, axis) => kept.reduce((sum, { at }) => sum + (at[axis] as number), 0) / kept.length);
  const along = (by: number): Corner => corner(center.map((value, axis) => value + by * (value - (last.at[axis] as number))));
  const reflected = along(REFLECT);
  if (reflected.value > best.value) {
    const expanded = along(EXPAND);
    return [...kept, expanded.value > reflected.value ? expanded : reflected];
  }
  if (reflected.value > (kept.at(-1) as Corner).value) return [...kept, reflected];
  const contracted = along(reflected.value > last.value ? CONTRACT : -CONTRACT);
  if (contracted.value > Math.max(reflected.value, last.value)) return [...kept, contracted];
  return corners.map((one) =>
    one === best ? one : corner(one.at.map((value, axis) => (best.at[axis] as number) + SHRINK * (value - (best.at[axis] as number)))),
  );
}

function isSmall(corners: readonly Corner[], tolerance: number): boolean {
  const [best, worst] = [corners[0] as Corner, corners.at(-1) as Corner];
  return (
    best.value - worst.value <= tolerance && corners.every(({ at }) => at.every((value, axis) => Math.abs(value - (best.at[axis] as number)) <= tolerance))
  );
}

const worstIfNone = (value: number): number => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);
