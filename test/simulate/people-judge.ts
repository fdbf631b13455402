// Who is who in the end of a story, as NaivePeople says from the log alone: whose events are whose, by what names, and made by which event;
// what was counted, and what was confirmed to whoever asked to be forgotten. And that nothing is left of who was forgotten and did not
// come again: not in the state that the log gives, nor in any file of the engine's disk.

import { logSubjects } from "../../src/model/log.ts";
import type { PublishedEvent } from "../model/naive/compare.ts";
import type { Beginning } from "./judge.ts";
import { NaivePeople } from "./people.ts";
import type { Played, Rest } from "./run.ts";
import type { Undisturbed } from "./undisturbed.ts";

/** The naive model knows one id a person; who is who, and whose each event is, is said here. */
export function peopleDisagree({ log, facts, rests }: Played, truth: Undisturbed, begun: Beginning | string | undefined): string | undefined {
  // Records may have been written behind the loss of the very messages that they were made of: docs/identity.md "What to know".
  if (facts.logForgot || facts.madeAnew) return undefined;
  if (typeof begun === "string" || begun === undefined) return begun;
  const people = new NaivePeople(begun.settings);
  for (const message of log) if (message.position > begun.record.position) people.apply(message);
  const differences = [...whoIsWho(people, truth), ...countedOtherwise(people, truth), ...confirmedOtherwise(people, truth)];
  const forgotAt = log.findLast(({ subject }) => subject === logSubjects(begun.settings.shard).forget)?.position;
  if (forgotAt !== undefined) differences.push(...traces(people, truth, filesOfAfter(forgotAt, rests)));
  return differences.length === 0 ? undefined : `who is who is another: ${differences.join("; ")}`;
}

function whoIsWho(people: NaivePeople, { contacts }: Undisturbed): string[] {
  const expected = people.end();
  const differences = contacts.flatMap((text) => {
    const { contact, packs } = JSON.parse(text) as Shown;
    const id = `${contact.kind}/${contact.id}`;
    const person = expected.get(id);
    if (person === undefined) return [`${id} is a contact and should not be`];
    expected.delete(id);
    const found = [`${packs.pulse.measures.acts} events`, `generation ${contact.generation}`, `also ${contact.alsoKnownAs.join()}`].join(", ");
    const wanted = [`${person.events} events`, `generation ${person.generation}`, `also ${person.also.join()}`].join(", ");
    return found === wanted ? [] : [`${id} has ${found}, and not ${wanted}`];
  });
  return [...differences, ...people.faults, ...[...expected.keys()].map((id) => `${id} is no contact and should be one`)];
}

interface Shown {
  readonly contact: { readonly kind: string; readonly id: string; readonly generation: number; readonly alsoKnownAs: readonly string[] };
  readonly packs: { readonly pulse: { readonly measures: { readonly acts: number } } };
}

function countedOtherwise({ counters }: NaivePeople, truth: Undisturbed): string[] {
  return Object.entries(counters).flatMap(([name, count]) =>
    (truth.counters[name] ?? 0) === count ? [] : [`${name} is ${truth.counters[name] ?? 0}, and ${count} are in the log`],
  );
}

/** One fact a record, in the order of the log. */
function confirmedOtherwise({ confirmed }: NaivePeople, { effects }: Undisturbed): string[] {
  const found = effects
    .filter(({ subject }) => subject.startsWith(CONFIRMS))
    .map(({ identity, body }) => {
      const { subject, data } = JSON.parse(body) as PublishedEvent & { subject: string; data: { because: { request: string } } };
      return `${identity.split("-")[1]} ${subject} ${data.because.request}`;
    });
  return found.join("\n") === confirmed.join("\n") ? [] : [`confirmed was\n${found.join("\n")}\nand not\n${confirmed.join("\n")}\n`];
}

const CONFIRMS = "tidemark.transitions.policy.contact.forgotten.";

/** Where the engine said that all is gone; and in any case after a clean stop and another start, which sees to it. */
function filesOfAfter(forgotAt: number, rests: readonly Rest[]): [string, Uint8Array][] {
  return rests.filter(({ goneUpTo }, place) => place > 0 || goneUpTo >= forgotAt).flatMap(({ files }) => [...files]);
}

/** Also that the search can find: of everybody who is there something must be in the state. */
function traces(people: NaivePeople, truth: Undisturbed, files: readonly [string, Uint8Array][]): string[] {
  const state = truth.state();
  const blind = [...people.end().keys()].map(textOf).filter((id) => !isIn(state, id));
  if (blind.length > 0) return [`${blind.join()} cannot be found in the state`];
  const left = people.gone("in the end").filter((id) => isIn(state, id));
  const leftOnDisk = people.gone("at once").flatMap((id) => files.filter(([, bytes]) => isIn([bytes], id)).map(([path]) => `${id} in ${path}`));
  return [...left.map((id) => `${id} in the state`), ...leftOnDisk].map((where) => `somebody was forgotten and is left: ${where}`);
}

const textOf = (id: string): string => id.slice(id.indexOf("/") + 1);

const isIn = (all: readonly Uint8Array[], text: string): boolean =>
  all.some((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text));
