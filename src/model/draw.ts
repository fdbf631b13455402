// Drawing lots without randomness: a text gives always the same number, and texts that differ in one letter numbers that have
// nothing to do with each other. For groups that must stay the same over restarts and machines (hold-out).

/** A whole number from 0 to 2^32 - 1: FNV-1a 32 over the text's UTF-8, then the finalizer of MurmurHash3, which spreads it over all bits. */
export function draw(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether the text is drawn, where `percent` of a hundred are. */
export const isDrawn = (text: string, percent: number): boolean => draw(text) * 100 < percent * 4_294_967_296;

const encoder = new TextEncoder();
