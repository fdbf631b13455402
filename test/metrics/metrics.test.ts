import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { METRICS, Metrics } from "../../src/metrics/metrics.ts";
import { idleStatus } from "../http/fake-engine.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const declared: ReadonlySet<string> = new Set(METRICS.map((metric) => metric.name));
const create = (now = () => 0) => new Metrics({ now, processMetrics: false });

async function values(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

describe("what is counted", () => {
  test("the outcomes add up to the events", async () => {
    const metrics = create();
    metrics.observe(idleStatus);
    const found = await values(metrics);
    const outcomes = [...found].filter(([name]) => name.startsWith("tidemark_input_outcomes_total")).map(([, value]) => value);
    expect(outcomes.reduce((sum, value) => sum + value, 0)).toBe(found.get("tidemark_input_events_total"));
    expect(found.get('tidemark_input_outcomes_total{outcome="duplicate"}')).toBe(4);
  });

  test("being scraped twice counts nothing twice, and a new engine's totals come on top", async () => {
    const metrics = create();
    metrics.observe(idleStatus);
    metrics.observe(idleStatus);
    metrics.observe({ ...idleStatus, transitions: 20 });
    expect((await values(metrics)).get("tidemark_output_transitions_total")).toBe(20);
    metrics.observe({ ...idleStatus, transitions: 3 });
    expect((await values(metrics)).get("tidemark_output_transitions_total")).toBe(23);
  });

  test("what an engine brought along from before a restart is not counted as new", async () => {
    const metrics = create();
    metrics.begin({ ...idleStatus, events: 1_000_000, transitions: 500 });
    metrics.observe({ ...idleStatus, events: 1_000_007, transitions: 501 });
    const found = await values(metrics);
    expect([found.get("tidemark_input_events_total"), found.get("tidemark_output_transitions_total")]).toEqual([7, 1]);
  });

  test("one phase is 1 and the others are 0", async () => {
    const metrics = create();
    metrics.observe({ ...idleStatus, phase: "replaying" });
    metrics.observe(idleStatus);
    const phases = [...(await values(metrics))].filter(([name]) => name.startsWith("tidemark_engine_phase_state")).filter(([, value]) => value === 1);
    expect(phases).toEqual([['tidemark_engine_phase_state{phase="live"}', 1]]);
  });

  test("an engine whose broker is away is not ready, though its phase stays live", async () => {
    const metrics = create();
    const ready = async () => (await values(metrics)).get("tidemark_engine_ready_state");
    metrics.observe(idleStatus);
    expect(await ready()).toBe(1);
    metrics.observe({ ...idleStatus, trouble: "the broker cannot be reached" });
    expect(await ready()).toBe(0);
    metrics.observe({ ...idleStatus, phase: "replaying" });
    expect(await ready()).toBe(0);
  });

  test("what HTTP rejects is there from the start, or its first count would be hidden from rate()", async () => {
    expect((await values(create())).get('tidemark_edge_rejected_events_total{reason="no_id"}')).toBe(0);
  });

  test("a checkpoint's age grows with the clock, from the start where there is none", async () => {
    let now = 5000;
    const metrics = create(() => now);
    now = 12_000;
    metrics.observe(idleStatus);
    expect((await values(metrics)).get("tidemark_checkpoint_age_seconds")).toBe(7);
    metrics.observe({ ...idleStatus, checkpoint: { position: 40, atMs: 11_000, tookMs: 250, bytes: 4096 } });
    const found = await values(metrics);
    expect(["age_seconds", "duration_seconds", "size_bytes", "position"].map((what) => found.get(`tidemark_checkpoint_${what}`))).toEqual([1, 0.25, 4096, 40]);
  });

  test("failed checkpoints are counted, and the reach of the duplicate window is shown in seconds", async () => {
    const metrics = create();
    metrics.begin(idleStatus);
    expect((await values(metrics)).get("tidemark_checkpoint_failures_total")).toBe(0);
    metrics.observe({ ...idleStatus, checkpointFailures: 2, duplicatesReachMs: 1_500_000 });
    const found = await values(metrics);
    expect([found.get("tidemark_checkpoint_failures_total"), found.get("tidemark_duplicates_reach_seconds")]).toEqual([2, 1500]);
  });

  test("records between partitions that are not written, and how long the oldest waits", async () => {
    const metrics = create();
    metrics.observe(idleStatus);
    const found = await values(metrics);
    expect([found.get("tidemark_between_unwritten_records"), found.get("tidemark_between_unwritten_seconds")]).toEqual([3, 1.5]);
  });

  test("timer lag is how far log time is past the earliest deadline", async () => {
    const metrics = create();
    metrics.observe({ ...idleStatus, nextDeadlineMs: idleStatus.logTimeMs - 1500 });
    expect((await values(metrics)).get("tidemark_timers_lag_seconds")).toBe(1.5);
    metrics.observe(idleStatus);
    expect((await values(metrics)).get("tidemark_timers_lag_seconds")).toBe(0);
  });

  test("batches are told as they happen; dead letters and retries follow the status", async () => {
    const metrics = create();
    metrics.batch(4);
    metrics.observe({ ...idleStatus, deadByReason: { broken_json: 2 }, withheldByReason: { cap: 4 }, outboxRetries: 3 });
    const found = await values(metrics);
    expect(found.get("tidemark_batch_duration_seconds_sum")).toBeCloseTo(0.004);
    expect(found.get('tidemark_input_dead_events_total{reason="broken_json"}')).toBe(2);
    expect(found.get('tidemark_input_dead_events_total{reason="no_id"}')).toBe(0);
    expect(found.get('tidemark_policy_withheld_triggers_total{reason="cap"}')).toBe(4);
    expect(found.get('tidemark_policy_withheld_triggers_total{reason="quiet"}')).toBe(0);
    expect(found.get("tidemark_output_retries_total")).toBe(3);
  });

  test("history: who is in it, what came, what was not told by kind, and what was made up for", async () => {
    const metrics = create();
    metrics.observe({ ...idleStatus, history: { contacts: 7, events: 90, muted: { transition: 30, trigger: 4 }, caughtUp: 2 } });
    const found = await values(metrics);
    expect([found.get("tidemark_history_contacts"), found.get("tidemark_history_events_total"), found.get("tidemark_history_caught_up_total")]).toEqual([
      7, 90, 2,
    ]);
    expect(["transition", "trigger", "passed_through", "broadcast"].map((kind) => found.get(`tidemark_history_muted_total{kind="${kind}"}`))).toEqual([
      30, 4, 0, 0,
    ]);
  });

  test("goals are counted by how they came out", async () => {
    const metrics = create();
    metrics.observe(idleStatus);
    const found = await values(metrics);
    expect(["reached", "not_reached", "held_out"].map((outcome) => found.get(`tidemark_output_goals_closed_total{outcome="${outcome}"}`))).toEqual([3, 0, 1]);
  });

  test("a target is shown beside its rate, and has none while nobody's time is over", async () => {
    const metrics = create();
    const of = { target: 20, within: "30d", entered: 4, reached: 1, open: { entered: 0, reached: 0 } };
    metrics.targets({ p: { a_to_b: { ...of, percent: 25 }, b_to_c: { ...of, percent: null } } });
    const shown = async () => [...(await values(metrics))].filter(([name]) => name.startsWith("tidemark_targets_"));
    expect(await shown()).toEqual([
      ['tidemark_targets_reached_percent{pack="p",target="a_to_b"}', 25],
      ['tidemark_targets_wanted_percent{pack="p",target="a_to_b"}', 20],
      ['tidemark_targets_wanted_percent{pack="p",target="b_to_c"}', 20],
    ]);
    metrics.targets({});
    expect(await shown()).toEqual([]);
  });

  test("two registries do not know of each other", async () => {
    const [one, other] = [create(), create()];
    one.observe(idleStatus);
    expect((await values(other)).get("tidemark_input_events_total")).toBe(0);
  });
});

describe("the names", () => {
  test.each(METRICS.map((metric) => [metric.name, metric]))("%s has the form that is promised", (name, metric) => {
    expect(name).toMatch(/^tidemark_[a-z]+(_[a-z]+)+$/);
    expect(name.endsWith("_total")).toBe(metric.type === "counter");
  });

  test("docs/metrics.md lists every metric with its type and labels, and no other", () => {
    const rows = [...read("docs/metrics.md").matchAll(/^\| `(tidemark_\w+)(?:\{([\w, ]+)\})?` \| (\w+) \| (.+) \|$/gm)].map(([, name, labels, type, help]) => ({
      name,
      labels,
      type,
      help,
    }));
    const expected = METRICS.map((metric) => ({
      name: metric.name,
      labels: "labels" in metric ? metric.labels.join(", ") : undefined,
      type: metric.type,
      help: metric.help,
    }));
    expect(rows).toEqual(expected);
  });

  test.each(["deploy/prometheus/alerts.yml", "deploy/grafana/tidemark.json", "docs/metrics.md"])("%s uses declared names only", (path) => {
    const used = [...read(path).matchAll(/\btidemark_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ""));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !declared.has(name))).toEqual([]);
  });

  test("every alert says when, how bad, what is wrong and what to do", () => {
    const { groups } = parse(read("deploy/prometheus/alerts.yml")) as { groups: { rules: Record<string, unknown>[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(0);
    for (const rule of rules) {
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^Tidemark[A-Z]/),
        expr: expect.any(String),
        labels: { severity: expect.stringMatching(/^(page|ticket)$/) },
      });
      expect(rule["annotations"]).toMatchObject({ summary: expect.any(String), action: expect.any(String) });
    }
  });

  test.each([
    ["a broker that is away", "tidemark_engine_ready_state == 0"],
    ["an engine that is gone", "absent(tidemark_engine_ready_state)"],
    ["senders over HTTP whose events are none", "tidemark_edge_rejected_events_total"],
    ["records between partitions that a live engine cannot write", "tidemark_between_unwritten_seconds > 60 and ignoring (phase)"],
  ])("somebody is told of %s", (_, asked) => {
    const { groups } = parse(read("deploy/prometheus/alerts.yml")) as { groups: { rules: { expr: string }[] }[] };
    expect(groups.flatMap(({ rules }) => rules).filter(({ expr }) => expr.includes(asked))).toHaveLength(1);
  });

  test("every panel of the dashboard asks something", () => {
    const { panels } = JSON.parse(read("deploy/grafana/tidemark.json")) as { panels: { title: string; targets: { expr: string }[] }[] };
    for (const panel of panels) expect(panel.targets.every((target) => /\b(tidemark|process|nodejs)_/.test(target.expr))).toBe(true);
  });
});
