import { describe, expect, test } from "vitest";
import { run } from "./command-line.ts";

const VERBS = ["run", "demo", "feed", "check", "replay", "doctor", "config", "log dump"];

describe("help", () => {
  test("the program's names every verb", async () => {
    const { exit, out } = await run("--help");
    expect(exit).toBe(0);
    for (const verb of VERBS) expect(out).toMatch(new RegExp(`^  ${verb.split(" ")[0]}\\b`, "m"));
  });

  test.each(VERBS)("%s: what it does, examples, and --json", async (verb) => {
    const { exit, out, err } = await run(`${verb} --help`);
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Examples:\n {2}(tidemark|npm run) /m);
    expect(out).toContain("--json");
    expect(out.split("\n\n")[1]?.length).toBeGreaterThan(30);
  });

  test("without a command it is printed all the same, and counts as misuse", async () => {
    const { exit, out, err } = await run("");
    expect([exit, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: tidemark");
  });

  test("the version is the package's", async () => {
    expect((await run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("wrong input is one line on stderr and exit 2", () => {
  test.each([
    ["chek", "tidemark: USAGE: unknown command 'chek'; did you mean check? See `tidemark <command> --help`.\n"],
    ["check --jsno", "tidemark: USAGE: unknown option '--jsno'; did you mean --json? See `tidemark <command> --help`.\n"],
    ["feed", "tidemark: USAGE: feed needs a file of events, - for stdin, --broadcast or --end-history. See `tidemark <command> --help`.\n"],
    ["feed a b", "tidemark: USAGE: too many arguments for 'feed'. Expected 1 argument but got 2: a, b. See `tidemark <command> --help`.\n"],
    ["check --config", "tidemark: USAGE: option '--config <file>' argument missing. See `tidemark <command> --help`.\n"],
    ["log dump --from x", 'tidemark: USAGE: --from is "x", it must be a whole number from 1. See `tidemark <command> --help`.\n'],
    ["log dump --from 5 --to 4", "tidemark: USAGE: --from 5 lies after --to 4. See `tidemark <command> --help`.\n"],
    ["feed - --set shard", 'tidemark: USAGE: --set takes key=value, not "shard". See `tidemark <command> --help`.\n'],
  ])("tidemark %s", async (args, line) => {
    expect(await run(args)).toEqual({ exit: 2, out: "", err: line });
  });

  test("and one JSON object with --json", async () => {
    const { exit, err } = await run("feed --json");
    expect(exit).toBe(2);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "USAGE",
        message: "feed needs a file of events, - for stdin, --broadcast or --end-history",
        hint: "See `tidemark <command> --help`.",
        retry: false,
      },
    });
  });
});
