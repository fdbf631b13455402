// JSON texts as nasty as producers write them: odd spacing, escapes where none are needed, equal keys, lone surrogates, numbers
// in every notation; and texts that were JSON before a byte was changed.

import fc from "fast-check";

const KEYS = [
  "a",
  "b",
  "",
  "0",
  "type",
  "event",
  "userId",
  "traits",
  "properties",
  "context",
  "__proto__",
  "constructor",
  "length",
  "é",
  "键",
  'a"b',
  "\ud800",
];

/** What a path may be made of: keys and indexes that occur. */
export const pathPart = fc.oneof({ weight: 5, arbitrary: fc.constantFrom<string | number>(...KEYS) }, { weight: 1, arbitrary: fc.nat(3) });
export const path = fc.array(pathPart, { minLength: 1, maxLength: 4 });

const space = fc.constantFrom("", "", "", "", " ", "\n", "\t\r\n ");
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constantFrom("", "-"), fc.bigInt(0n, 10n ** 22n), fc.constantFrom("", ".5", ".000000000000001", ".10", "e3", "E-7", "e+400", "e-400", ".25e2"))
    .map((parts) => parts.join("")),
  fc.constantFrom("0", "-0", "0.0", "-0.0e5", "9007199254740993", "123456789012345678901234567890", "0.1", "2.2250738585072014e-308"),
);
const text = fc
  .array(fc.oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom("\ud800", "\udc00x", "\ud83d\ude00", "\u0000", "\ufeff", "é", '"', "\\", "/")), {
    maxLength: 3,
  })
  .map((parts) => parts.join(""));
const style = fc.constantFrom<"plain" | "escaped" | "mixed">("plain", "plain", "escaped", "mixed");
const printed = (value: fc.Arbitrary<string>) => fc.tuple(value, style).map(([content, how]) => printText(content, how));

/** A JSON value as text. */
export const { value: jsonText } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    number,
    printed(text),
    fc.constantFrom("true", "false", "null"),
    tie("object"),
    tie("object"),
    tie("array"),
  ),
  object: fc
    .array(fc.tuple(space, printed(fc.constantFrom(...KEYS)), space, space, tie("value"), space), { maxLength: 7 })
    .map((members) => `{${members.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(",") || " "}}`),
  array: fc.array(fc.tuple(space, tie("value"), space), { maxLength: 4 }).map((items) => `[${items.map((item) => item.join("")).join(",")}]`),
}));

const encoder = new TextEncoder();
export const jsonBytes = jsonText.map((written) => encoder.encode(written));

/** Bytes of a JSON text with one to three places changed, cut out or doubled. Some are still JSON. */
export const hurtBytes = fc
  .tuple(
    jsonBytes,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom("set", "cut", "add", "end"),
        fc.oneof(fc.nat(255), fc.constantFrom(...encoder.encode('{}[],:"\\0.-eutn \n'), 0xc0, 0xed, 0xa0, 0x80, 0xf4)),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([bytes, changes]) => changes.reduce<Uint8Array>((now, [where, how, byte]) => hurt(now, where % (now.length + 1), how, byte), bytes));

/** JSON.parse after a strict decoder; undefined where it refuses. */
export function oracle(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(strict.decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** What is at the path: own keys of objects by strings, elements of arrays by numbers, nothing else. */
export function lookUp(value: unknown, parts: readonly (string | number)[]): unknown {
  let at = value;
  for (const part of parts) {
    if (typeof at !== "object" || at === null || Array.isArray(at) !== (typeof part === "number") || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function printText(content: string, how: "plain" | "escaped" | "mixed"): string {
  if (how === "plain") return JSON.stringify(content);
  let out = "";
  for (let index = 0; index < content.length; index++) {
    const unit = content.charCodeAt(index);
    const asCode = how === "escaped" || index % 2 === 0 || unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= 0x80;
    out += asCode ? `\\u${unit.toString(16).padStart(4, "0")}` : content[index];
  }
  return `"${out}"`;
}

function hurt(bytes: Uint8Array, where: number, how: string, byte: number): Uint8Array {
  if (how === "end") return bytes.slice(0, where);
  if (how === "cut") return new Uint8Array([...bytes.slice(0, where), ...bytes.slice(where + 1)]);
  return new Uint8Array([...bytes.slice(0, where), byte, ...bytes.slice(how === "set" ? where + 1 : where)]);
}
