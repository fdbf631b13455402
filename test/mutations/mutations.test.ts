import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MUTATIONS } from "./mutations.ts";

const root = join(import.meta.dirname, "../..");

test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
  "the edit that takes out a safeguard still applies: %s",
  (_, { file, find, put, test }) => {
    expect(readFileSync(join(root, file), "utf8").split(find)).toHaveLength(2);
    expect(put).not.toBe(find);
    expect(readFileSync(join(root, test.file), "utf8")).not.toBe("");
  },
);
