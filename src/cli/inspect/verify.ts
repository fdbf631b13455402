// Whether a start could go on from each generation: every page has its checksum, every file is the one that the manifest names,
// no partition is missing, and each restores under the packs of its checkpoint. It says everything that is wrong, not only the
// first thing.

import { PARTITION_COUNT } from "../../model/ids.ts";
import { generationsOf, OpenGeneration, type Place } from "./generation.ts";
import { restoredPartitions } from "./restore.ts";

export interface Verdict {
  readonly generation: number;
  readonly state: "good" | "unfinished" | "damaged";
  readonly position: number | null;
  readonly contacts: number;
  readonly partitions: number;
  readonly bytes: number;
  /** What is wrong; empty with good. */
  readonly problems: readonly string[];
}

/** The newest first. One that the engine removes meanwhile is left out. */
export async function verifyGenerations(place: Place): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const found of await generationsOf(place)) {
    const { generation } = found;
    const nothing = { generation, position: null, contacts: 0, partitions: 0, bytes: 0 };
    if (found.kind === "unfinished") verdicts.push({ ...nothing, state: "unfinished", problems: [] });
    else if (found.kind === "damaged") verdicts.push({ ...nothing, state: "damaged", problems: [found.reason] });
    else {
      const opened = await OpenGeneration.open(place.folder, generation, found.manifest);
      if (opened !== undefined) verdicts.push(await verdictOn(opened));
    }
  }
  return verdicts;
}

async function verdictOn(opened: OpenGeneration): Promise<Verdict> {
  const { manifest, generation } = opened;
  const problems: string[] = missingIn(manifest.files.map((file) => file.partition));
  let contacts = 0;
  let bytes = 0;
  let partitions = 0;
  try {
    for await (const restored of restoredPartitions(opened)) {
      if (!restored.ok) {
        problems.push(restored.reason);
        continue;
      }
      partitions++;
      contacts += restored.contacts;
      bytes += restored.bytes.length;
    }
  } finally {
    await opened.close();
  }
  return { generation, state: problems.length === 0 ? "good" : "damaged", position: manifest.log.position, contacts, partitions, bytes, problems };
}

function missingIn(held: readonly number[]): string[] {
  const has = new Set(held);
  const missing = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition).filter((partition) => !has.has(partition));
  return missing.length === 0 ? [] : [`the manifest names no file for ${missing.length === 1 ? "partition" : "partitions"} ${missing.join(", ")}`];
}
