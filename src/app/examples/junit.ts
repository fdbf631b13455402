// The results as JUnit XML, which build servers read: a suite for each pack, a case for each example, and its failures.

import type { ExampleResult } from "./run-examples.ts";

export interface Suite {
  readonly pack: string;
  /** Of the examples. */
  readonly file: string;
  readonly examples: readonly ExampleResult[];
}

export function junitOf(suites: readonly Suite[]): string {
  const all = suites.flatMap(({ examples }) => examples);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${all.length}" failures="${failed(all)}">`,
    ...suites.flatMap(suiteLines),
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteLines({ pack, file, examples }: Suite): string[] {
  return [
    `  <testsuite name="${escaped(pack)}" file="${escaped(file)}" tests="${examples.length}" failures="${failed(examples)}">`,
    ...examples.flatMap((example) => caseLines(pack, file, example)),
    "  </testsuite>",
  ];
}

function caseLines(pack: string, file: string, { name, line, failures }: ExampleResult): string[] {
  const opening = `    <testcase classname="${escaped(pack)}" name="${escaped(name)}" file="${escaped(file)}" line="${line}"`;
  if (failures.length === 0) return [`${opening}/>`];
  const bodies = failures.map(
    (failure) =>
      `      <failure message="${escaped(`at ${failure.at}: ${failure.what}`)}">${escaped(`${file}:${failure.line}: expected ${failure.expected}, got ${failure.got}`)}</failure>`,
  );
  return [`${opening}>`, ...bodies, "    </testcase>"];
}

const failed = (examples: readonly ExampleResult[]): number => examples.filter(({ failures }) => failures.length > 0).length;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** Control characters have no place in XML 1.0, whatever they are written as. */
const escaped = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, " ").replace(/[&<>"']/g, (found) => ENTITIES[found] as string);
