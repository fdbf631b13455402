// What a question about a row is answered with, and when the answer may be another. Beside yes and no there is a third: something that
// the answer depends on is not there.

import type { Row } from "../row.ts";

export const NO = 0;
export const YES = 1;
/** Something that the answer depends on is not there. */
export const MISSING = 2;
export type Truth = typeof NO | typeof YES | typeof MISSING;

export const not = (truth: Truth): Truth => (truth === MISSING ? MISSING : truth === YES ? NO : YES);

/** First moment after `now` at which the answer may be another: never too late; too early costs one useless look. */
export type NextChange = (row: Row, now: number) => number;

/** Of what only an event can change. */
export const never: NextChange = () => Number.POSITIVE_INFINITY;
