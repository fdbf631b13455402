// Powers of two and logarithms from + - x / and square root alone, so that every machine and every Node gives the same
// bits (Math.pow and Math.exp differ between V8 versions in the last place). IEEE 754 fixes these five operations.

const SEGMENTS = 256;
export const LN2 = 0.693147180559945309417;
/** 2^(j/256), made by repeated square roots. */
const TABLE = buildTable();
const scratch = new DataView(new ArrayBuffer(8));

/**
 * 2^x. Relative error below 1e-14 for -1021 <= x <= 1023; 0 below -1022 (no subnormals), Infinity above 1023.
 * x = k + j/256 + r: the table for j, the series of e^(r ln 2) for r (five terms; r < 1/256).
 */
export function exp2(x: number): number {
  if (!(x >= -1022)) return x < -1022 ? 0 : Number.NaN;
  if (x > 1023) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x);
  const fraction = (x - k) * SEGMENTS;
  const j = Math.floor(fraction);
  const r = ((fraction - j) / SEGMENTS) * LN2;
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r / 120))));
  return (TABLE[j] as number) * series * powerOfTwo(k);
}

/** log2(x) for x > 0, absolute error below 1e-12; NaN otherwise. Exact for powers of two. By bits and repeated squaring of the mantissa's rest. */
export function log2(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x === Number.POSITIVE_INFINITY ? x : Number.NaN;
  scratch.setFloat64(0, x);
  const biased = (scratch.getUint32(0) >>> 20) & 0x7ff;
  if (biased === 0) return log2(x * 18014398509481984) - 54;
  const exponent = biased - 1023;
  let mantissa = x / powerOfTwo(exponent);
  let low = 0;
  for (let step = SEGMENTS / 2; step >= 1; step /= 2) if ((TABLE[low + step] as number) <= mantissa) low += step;
  mantissa /= TABLE[low] as number;
  // ln(m) = 2 atanh((m-1)/(m+1)); m is within 1/256 of an octave above 1.
  const z = (mantissa - 1) / (mantissa + 1);
  const z2 = z * z;
  const ln = 2 * z * (1 + z2 * (1 / 3 + z2 * (1 / 5 + z2 / 7)));
  return exponent + low / SEGMENTS + ln / LN2;
}

/** 2^k for whole k in [-1022, 1023], by writing the exponent's bits. */
export function powerOfTwo(k: number): number {
  scratch.setUint32(0, (k + 1023) << 20);
  scratch.setUint32(4, 0);
  return scratch.getFloat64(0);
}

/** An amount in 1/10,000, rounded half away from zero; NaN where it is no number or beyond +-900,000,000,000. */
export function toAmount(value: number): number {
  if (!(value <= 9e11 && value >= -9e11)) return Number.NaN;
  const rounded = Math.floor(Math.abs(value) * 10_000 + 0.5);
  return value < 0 ? -rounded || 0 : rounded;
}

function buildTable(): Float64Array {
  const roots: number[] = [];
  let root = 2;
  for (let i = 0; i <= 8; i++) {
    roots.push(root);
    root = Math.sqrt(root);
  }
  const table = new Float64Array(SEGMENTS);
  for (let j = 0; j < SEGMENTS; j++) {
    let product = 1;
    for (let bit = 0; bit < 8; bit++) if (j & (128 >> bit)) product *= roots[bit + 1] as number;
    table[j] = product;
  }
  return table;
}
