// `tidemark check`: reads packs and says every mistake with its line, or what each pack holds and what its proofs have found.
// A policy is checked by itself and against them. Needs no broker. The proofs themselves are in packs/check.

import type { Finding } from "../packs/check/findings.ts";
import { provePack } from "../packs/check/prove.ts";
import { provePolicy } from "../packs/check/prove-policy.ts";
import { Sample } from "../packs/check/sample.ts";
import { type Comparison, compareWithSample } from "../packs/check/sample-report.ts";
import type { PackDefinition, Problem } from "../packs/definition.ts";
import { loadPackFile } from "../packs/load/load.ts";
import { loadPolicyFile } from "../packs/load/policy.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { formatProblems } from "../packs/problems.ts";
import { openInput } from "./files.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readLines } from "./ndjson.ts";
import { nameClashes, packFiles } from "./pack-files.ts";
import { isPolicyFile } from "./policy-file.ts";
import { counted, type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const checkVerb: Verb = (program, run) => {
  const command = program
    .command("check")
    .summary("check rule packs")
    .description(
      "Reads rule packs and prints every mistake with its place and cure; of packs without one, what they hold and what can be proven to be wrong with them.",
    )
    .argument("[packs...]", "files or patterns; default: the configuration's `packs`")
    .option(
      "--against <file>",
      "a sample of messages (NDJSON, - for stdin): says which events never occur in it, and which properties are missing or of another kind",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark check\n  tidemark check rules/b2b-funnel.yaml\n  tidemark check --policy rules/policy.yaml\n  tidemark check 'packs/*.yaml' --json\n  tidemark check rules/b2b-funnel.yaml --against last-week.ndjson\n\nExit: 0 no mistakes (warnings apart), 1 mistakes found, or anything --against has to say; 2 a file cannot be read.",
    );
  addSharedFlags(command, ["policy"]);
  run(command, (terminal, flags, packs) => check(terminal, flags, packs));
};

async function check(terminal: Terminal, flags: SharedFlags, named: readonly string[]): Promise<ExitCode> {
  const { config } = await configFrom(flags, terminal);
  const files = packFiles(named.length > 0 ? named : config.packs);
  const policyFile = [...files, ...named].find(isPolicyFile) ?? config.policy;
  const results = files.filter((file) => file !== policyFile).map((file) => ({ file, result: loadPackFile(file) }));
  const loaded = results.flatMap(({ file, result }) => (result.ok ? [{ file, pack: result.pack }] : []));
  const policy = policyFile === "" ? null : checkPolicy(policyFile, loaded);
  const problems = [...results.flatMap(({ result }) => (result.ok ? [] : result.problems)), ...(policy?.problems ?? [])];
  const samples =
    flags.against === undefined
      ? null
      : await readSample(
          String(flags.against),
          loaded.map(({ pack }) => new Sample(pack)),
          terminal,
        );
  const packs = loaded.map(({ file, pack }, index): CheckedPack => {
    const sample = samples?.[index];
    return { file, pack, ...provePack(pack, file), against: sample === undefined ? null : compareWithSample(pack, file, sample) };
  });
  const report: Report = { problems, clashes: nameClashes(loaded), packs, policy };
  const mistakes = mistakesIn(report);
  if (flags.json === true) await writeJson(terminal.stdout, jsonOf(report, mistakes));
  else for (const line of linesOf(report, mistakes)) await writeLine(terminal.stdout, line);
  return mistakes > 0 || packs.some(({ against }) => against !== null && against.findings.length > 0) ? 1 : 0;
}

/** Every pack's sample sees every line; one that is no JSON counts as unread. */
async function readSample(file: string, samples: readonly Sample[], terminal: Terminal): Promise<readonly Sample[]> {
  for await (const lines of readLines(await openInput(file, terminal), file))
    for (const { bytes } of lines) {
      const value = parsed(bytes);
      for (const sample of samples) sample.add(value);
    }
  return samples;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

interface Report {
  readonly problems: readonly Problem[];
  readonly clashes: readonly string[];
  readonly packs: readonly CheckedPack[];
  /** null where none is named. */
  readonly policy: CheckedPolicy | null;
}

const findingsIn = ({ packs, policy }: Report): readonly Finding[] => [
  ...packs.flatMap(({ findings, against }) => [...findings, ...(against?.findings ?? [])]),
  ...(policy?.findings ?? []),
];

interface CheckedPolicy {
  readonly file: string;
  /** null where it has problems. */
  readonly policy: PolicyDefinition | null;
  readonly problems: readonly Problem[];
  readonly findings: readonly Finding[];
}

/** The policy by itself, and against the packs that are right. */
function checkPolicy(file: string, packs: readonly { readonly file: string; readonly pack: PackDefinition }[]): CheckedPolicy {
  const loaded = loadPolicyFile(file);
  if (!loaded.ok) return { file, policy: null, problems: loaded.problems, findings: [] };
  const findings = provePolicy(
    { file, of: loaded.policy },
    packs.map(({ file: of, pack }) => ({ file: of, of: pack })),
  );
  return { file, policy: loaded.policy, problems: [], findings };
}

interface CheckedPack {
  readonly file: string;
  readonly pack: PackDefinition;
  readonly findings: readonly Finding[];
  /** What the proofs leave open. */
  readonly undecided: readonly string[];
  readonly against: Comparison | null;
}

const mistakesIn = (report: Report): number =>
  report.problems.length + report.clashes.length + findingsIn(report).filter(({ level }) => level === "error").length;

const jsonOf = ({ problems, clashes, packs, policy }: Report, mistakes: number) => ({
  ok: mistakes === 0,
  packs: packs.map(({ file, pack, findings, undecided, against }) => ({
    file,
    ...summary(pack),
    findings,
    undecided,
    ...(against === null ? {} : { against }),
  })),
  ...(policy === null ? {} : { policy: { file: policy.file, ...(policy.policy === null ? {} : policySummary(policy.policy)), findings: policy.findings } }),
  problems,
  clashes,
});

function linesOf(report: Report, mistakes: number): readonly string[] {
  const { problems, clashes, packs, policy } = report;
  const findings = findingsIn(report);
  const warnings = findings.filter(({ level }) => level === "warning").length;
  const totals = [mistakes > 0 ? counted(mistakes, "mistake") : "", warnings > 0 ? counted(warnings, "warning") : ""].filter((part) => part !== "");
  return [
    ...formatProblems(problems),
    ...clashes,
    ...formatProblems(findings),
    ...packs.flatMap(({ file, pack, against }) => [`${file}: ${describe(pack)}`, ...(against === null ? [] : [describeComparison(against)])]),
    ...(policy?.policy ? [`${policy.file}: policy ${policy.policy.name}: channels ${policySummary(policy.policy).channels.join(", ")}`] : []),
    ...(totals.length === 0 ? [] : [totals.join(", ")]),
  ];
}

function describeComparison({ messages, unread, events, unused }: Comparison): string {
  const occur = Object.values(events).filter((count) => count > 0).length;
  return [
    `  ${counted(messages, "message")}: ${occur} of ${Object.keys(events).length} events occur`,
    ...(unread > 0 ? [`${counted(unread, "line")} ${unread === 1 ? "is" : "are"} no message`] : []),
    ...(unused.length > 0 ? [`tracks that it does not use: ${unused.slice(0, 8).join(", ")}${unused.length > 8 ? " …" : ""}`] : []),
  ].join("; ");
}

const policySummary = (policy: PolicyDefinition) => ({ name: policy.name, hash: policy.hash, channels: policy.channels.map((channel) => channel.name) });

function summary(pack: PackDefinition) {
  return {
    name: pack.name,
    version: pack.version,
    hash: pack.hash,
    events: pack.events.map((event) => event.name),
    traits: pack.traits.map((trait) => trait.name),
    measures: pack.measures.map((measure) => measure.name),
    scores: pack.scores.map((score) => score.name),
    bands: pack.bands.map((band) => band.name),
    audiences: pack.audiences.map((audience) => audience.name),
    segments: pack.segments?.list.map((segment) => segment.name) ?? [],
    stages: pack.stages?.order ?? [],
    triggers: pack.triggers.map((trigger) => trigger.name),
  };
}

/** `b2b-funnel version 3: 9 events, 2 scores, 6 triggers; stages visitor > lead > mql`. */
function describe(pack: PackDefinition): string {
  const { name, version, hash: _, segments, stages, ...lists } = summary(pack);
  const counts = Object.entries(lists).flatMap(([what, names]) =>
    names.length === 0 ? [] : [`${names.length} ${names.length === 1 ? what.replace(/s$/, "") : what}`],
  );
  const places = [stages.length > 0 ? `stages ${stages.join(" > ")}` : "", segments.length > 0 ? `segments ${segments.join(", ")}` : ""].filter(
    (text) => text !== "",
  );
  return `${name} version ${version}: ${[counts.join(", "), ...places].join("; ")}`;
}
