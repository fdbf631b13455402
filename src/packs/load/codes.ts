// `codes:` of the segments: an exact map of RFM codes, read as the list of conditions that it stands for. A code has a digit for
// each of R and F, or of R, F and M; `[12]` stands for either digit. Together they must name every code there is exactly once,
// or end with `else`: a contact that falls between two segments, or into both, is a slip that nobody would find later.

import type { Expression, SegmentsDefinition } from "../definition.ts";
import { shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import type { YamlEntry, YamlNode, YamlScalar } from "../yaml-source.ts";

interface Claim {
  readonly segment: string;
  readonly at: number;
}

/** Codes that are named in the message about those that are missing. */
const SHOWN = 12;

export function readCodes(entries: readonly YamlEntry[], at: number, names: Names, problems: ProblemList): SegmentsDefinition["list"] {
  if (names.bins === 0) {
    problems.add(at, "no-rfm", "`codes` of the segments: this pack has no `rfm`", "add `rfm:`, or write a `list` of conditions");
    return [];
  }
  const before = problems.count;
  const reading = new CodeReading(names.bins, problems);
  const rows = entries.map((entry) => ({ entry, codes: reading.segment(entry) }));
  if (problems.count === before && !reading.hasElse) reading.complain(at);
  return rows.map(({ entry, codes }) => ({ name: entry.key, if: codes === null ? null : conditionOf(entry.key, codes, reading.digits) }));
}

class CodeReading {
  readonly #bins: number;
  readonly #problems: ProblemList;
  readonly #claims = new Map<string, Claim>();
  digits = 0;
  hasElse = false;

  constructor(bins: number, problems: ProblemList) {
    this.#bins = bins;
    this.#problems = problems;
  }

  /** The codes of one segment; null for `else`. */
  segment({ key, at, value }: YamlEntry): string[] | null {
    if (this.hasElse) this.#problems.add(at, "after-else", `segment \`${key}\` stands after \`else\` and can never be reached`, "put the `else` last");
    if (value.kind === "scalar" && value.value === "else") {
      this.hasElse = true;
      return null;
    }
    return this.#patterns(value, key).flatMap(({ text, at: place }) => this.#claim(text, key, place));
  }

  /** Texts between spaces, each with its place. */
  #patterns(node: YamlNode, segment: string): { text: string; at: number }[] {
    const items = node.kind === "list" ? node.items : [node];
    return items.flatMap((item) => {
      if (item.kind === "scalar" && item.value !== null && item.text.trim() !== "") return wordsOf(item);
      const message = `the codes of segment \`${segment}\` are ${shapeOf(item)}`;
      this.#problems.add(item.at, "wrong-shape", message, 'write codes, such as 333 332 or "[12]5", or else');
      return [];
    });
  }

  #claim(text: string, segment: string, at: number): string[] {
    const codes = this.#expand(text, segment, at);
    return codes.filter((code) => {
      const first = this.#claims.get(code);
      if (first === undefined) this.#claims.set(code, { segment, at });
      else
        this.#problems.add(
          at,
          "code-twice",
          `code ${code} is in \`${first.segment}\` (line ${this.#problems.lineOf(first.at)}) and in \`${segment}\``,
          "keep one",
        );
      return first === undefined;
    });
  }

  #expand(text: string, segment: string, at: number): string[] {
    const most = this.#bins;
    const parts = /^(?:[1-9]|\[[1-9]+\]){2,3}$/.test(text) ? [...text.matchAll(/\[([1-9]+)\]|([1-9])/g)].map((part) => [...(part[1] ?? part[2] ?? "")]) : null;
    if (parts === null || parts.flat().some((digit) => Number(digit) > most)) {
      this.#problems.add(
        at,
        "bad-code",
        `\`${text.slice(0, 40)}\` of segment \`${segment}\` is not a code`,
        `a digit from 1 to ${most} for each of R, F and M (or R and F), such as 5[45]`,
      );
      return [];
    }
    if (this.digits === 0) this.digits = parts.length;
    if (parts.length !== this.digits) {
      this.#problems.add(
        at,
        "bad-code",
        `\`${text}\` of segment \`${segment}\` has ${parts.length} digits where those before have ${this.digits}`,
        "write all codes with R, F and M, or all with R and F",
      );
      return [];
    }
    return parts.reduce<string[]>((codes, digits) => codes.flatMap((code) => digits.map((digit) => code + digit)), [""]);
  }

  /** Every code must have its segment. */
  complain(at: number): void {
    const missing = allCodes(this.#bins, this.digits || 3).filter((code) => !this.#claims.has(code));
    if (missing.length === 0) return;
    const shown = missing.slice(0, SHOWN).join(" ");
    const more = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
    this.#problems.add(at, "code-missing", `\`codes\` of the segments: no segment has ${shown}${more}`, "give each code a segment, or end with `rest: else`");
  }
}

function wordsOf(node: YamlScalar): { text: string; at: number }[] {
  return [...node.text.matchAll(/\S+/g)].map((word) => ({ text: word[0], at: node.offsetOf(word.index) }));
}

function allCodes(bins: number, digits: number): string[] {
  const steps = Array.from({ length: bins }, (_, index) => String(index + 1));
  return Array.from({ length: digits }).reduce<string[]>((codes) => codes.flatMap((code) => steps.map((step) => code + step)), [""]);
}

/** `rfm in [...]`, or with two digits the same of r and f. */
function conditionOf(segment: string, codes: readonly string[], digits: number): Expression {
  const name = (word: "r" | "f" | "rfm"): Expression => ({ op: "rfm", name: word, text: word, type: "number" });
  const literal = (value: number): Expression => ({ op: "literal", value, text: String(value), type: "number" });
  const tens: Expression = { op: "*", left: name("r"), right: literal(10), text: "r * 10", type: "number" };
  const left: Expression = digits === 3 ? name("rfm") : { op: "+", left: tens, right: name("f"), text: "r * 10 + f", type: "number" };
  const right: Expression = { op: "list", items: codes.map((code) => literal(Number(code))), text: `codes of ${segment}`, type: "list" };
  return { op: "in", left, right, text: `${left.text} in codes of ${segment}`, type: "bool" };
}
