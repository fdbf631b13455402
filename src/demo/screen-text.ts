// Text on a terminal: how many columns it takes, cut to fit, with colours that never count. What reaches the terminal
// passes through here, so a control character in a contact's id cannot move the cursor.

export type Colour = "plain" | "dim" | "bold" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** A piece of a line in one colour. A line is a list of them. */
export interface Span {
  readonly text: string;
  readonly colour: Colour;
}

export type Line = readonly Span[];

const CODES: Readonly<Record<Colour, string>> = { plain: "", dim: "2", bold: "1", red: "31", green: "32", yellow: "33", blue: "34", magenta: "35", cyan: "36" };

export const span = (text: string, colour: Colour = "plain"): Span => ({ text, colour });

/** Columns that a text takes: 2 for wide characters (East Asian, emoji), 0 for combining ones, 1 for all others. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfOne(character);
  return columns;
}

/** Cut to at most `width` columns, with `…` as the last where something is missing. */
export function clip(text: string, width: number): string {
  const safe = withoutControls(text);
  if (columnsOf(safe) <= width) return safe;
  let kept = "";
  let columns = 0;
  for (const character of safe) {
    columns += columnsOfOne(character);
    if (columns > width - 1) break;
    kept += character;
  }
  return width > 0 ? `${kept}…` : "";
}

/** Exactly `width` columns: cut, or filled with spaces. */
export function fitted(text: string, width: number, align: "left" | "right" = "left"): string {
  const kept = clip(text, width);
  const fill = " ".repeat(Math.max(0, width - columnsOf(kept)));
  return align === "left" ? kept + fill : fill + kept;
}

/** A line as it goes to the terminal, never wider than `width` columns. */
export function paint(line: Line, width: number, colours: boolean): string {
  let painted = "";
  let left = width;
  for (const { text, colour } of line) {
    const kept = clip(text, left);
    left -= columnsOf(kept);
    const code = colours ? CODES[colour] : "";
    painted += code === "" || kept === "" ? kept : `\x1b[${code}m${kept}\x1b[0m`;
  }
  return painted;
}

const withoutControls = (text: string): string => text.replace(/\p{C}/gu, "·");

const NO_COLUMN = /^\p{M}$/u;
/** East Asian wide and full-width blocks, and the emoji: first and last code points. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
] as const;

function columnsOfOne(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (NO_COLUMN.test(character)) return 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
