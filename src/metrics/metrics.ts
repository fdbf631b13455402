// Every metric of Tidemark, declared in one table; docs/metrics.md, the alerts and the dashboard may use no other names (a
// test holds them to it). Most are read off the engine's status when somebody scrapes, so that the hot path counts nothing
// twice; what status does not carry is told by `batch` and `request`. Labels have a handful of
// values each: never an id of a contact, a pack's text or a position. Counters start at 0 with the process.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { GOAL_OUTCOMES, WITHHELD_REASONS } from "../model/effect.ts";
import { OUTCOME_KINDS } from "../model/outcome.ts";
import { DEAD_REASONS, type DeadReason } from "../model/output.ts";
import { type EngineStatus, isReady, MUTED_KINDS, type TargetsView } from "../model/status.ts";

export interface MetricDeclaration {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
}

const PHASES = ["starting", "replaying", "live", "stopping", "stopped"] as const satisfies readonly EngineStatus["phase"][];

/** What becomes of an event at the edge; `unavailable`: its sender was told to send it again. */
const EDGE_OUTCOMES = ["accepted", "rejected", "ignored", "unavailable"] as const;
export type EdgeOutcome = (typeof EDGE_OUTCOMES)[number];

/** Names are `tidemark_<area>_<what>_<unit>`, and `_total` for what only grows. */
export const METRICS = [
  { name: "tidemark_engine_phase_state", type: "gauge", labels: ["phase"], help: "1 for the phase the engine is in, 0 for the others" },
  { name: "tidemark_engine_ready_state", type: "gauge", help: "1 while /readyz answers 200; 0 while it catches up, and while the broker cannot be reached" },
  { name: "tidemark_engine_spent_seconds_total", type: "counter", labels: ["part"], help: "wall time spent since the start, by part of the flow" },
  { name: "tidemark_log_messages_total", type: "counter", help: "messages taken from the log" },
  {
    name: "tidemark_log_stamped_back_messages_total",
    type: "counter",
    help: "messages that the log stamped earlier than one before them; log time does not go back for them",
  },
  { name: "tidemark_log_taken_position", type: "gauge", help: "last position of the log handed to the workers" },
  { name: "tidemark_log_acknowledged_position", type: "gauge", help: "last position of the log whose effects are all acknowledged" },
  { name: "tidemark_log_lag_messages", type: "gauge", help: "messages in the log that are not yet taken" },
  { name: "tidemark_log_lag_seconds", type: "gauge", help: "age of the oldest message that is not yet taken; 0 when caught up" },
  { name: "tidemark_log_time_seconds", type: "gauge", help: "log time, seconds since 1970" },
  { name: "tidemark_input_events_total", type: "counter", help: "events that came in; the outcomes add up to it" },
  { name: "tidemark_input_outcomes_total", type: "counter", labels: ["outcome"], help: "what became of the events" },
  { name: "tidemark_input_dead_events_total", type: "counter", labels: ["reason"], help: "events sent to the dead letters, by what is wrong with them" },
  {
    name: "tidemark_input_dropped_values_total",
    type: "counter",
    labels: ["what"],
    help: "values that were dropped or missing while their events were applied",
  },
  { name: "tidemark_output_transitions_total", type: "counter", help: "transitions published" },
  { name: "tidemark_output_triggers_total", type: "counter", help: "triggers published" },
  { name: "tidemark_output_withheld_triggers_total", type: "counter", help: "triggers withheld, each published with its reason" },
  { name: "tidemark_policy_withheld_triggers_total", type: "counter", labels: ["reason"], help: "the same by the reason that is published with each" },
  {
    name: "tidemark_output_goals_closed_total",
    type: "counter",
    labels: ["outcome"],
    help: "outcomes published: goals of triggers that were reached or whose time was over",
  },
  {
    name: "tidemark_targets_reached_percent",
    type: "gauge",
    labels: ["pack", "target"],
    help: "of the contacts whose time for a target was over lately, how many percent went on in time; looked up every five minutes",
  },
  { name: "tidemark_targets_wanted_percent", type: "gauge", labels: ["pack", "target"], help: "what the pack's target says" },
  { name: "tidemark_output_held_back_effects_total", type: "counter", help: "effects computed again after a start that the output stream already had" },
  {
    name: "tidemark_output_differing_effects_total",
    type: "counter",
    help: "effects in the output stream, written by another version or nobody knows by which, that this version computes differently; they stand as they are",
  },
  { name: "tidemark_output_retries_total", type: "counter", help: "times the outbox looked up what is stored and went on from there" },
  { name: "tidemark_timers_fired_deadlines_total", type: "counter", help: "deadlines of contacts that fired" },
  { name: "tidemark_timers_ticks_total", type: "counter", help: "ticks written, to move log time to a deadline when nothing else does" },
  {
    name: "tidemark_timers_repeated_ticks_total",
    type: "counter",
    help: "ticks written again, because the one before was stamped before the deadline that it was for",
  },
  { name: "tidemark_timers_lag_seconds", type: "gauge", help: "how far log time is past the earliest deadline; 0 when none is due" },
  {
    name: "tidemark_duplicates_reach_seconds",
    type: "gauge",
    help: "how far back a message id is surely remembered, in log time; less than duplicates.window_ms where a partition has seen too many",
  },
  { name: "tidemark_state_contacts", type: "gauge", help: "contacts held in memory" },
  { name: "tidemark_between_unwritten_records", type: "gauge", help: "records between partitions (merges, events sent on) that are not in the log yet" },
  {
    name: "tidemark_between_unwritten_seconds",
    type: "gauge",
    help: "how long this process has had the oldest of them; 0 where there is none. While the engine replays none is written",
  },
  { name: "tidemark_history_contacts", type: "gauge", help: "contacts in history: they pass through their past, and nothing of them is told" },
  { name: "tidemark_history_events_total", type: "counter", help: "events that told history and were applied" },
  { name: "tidemark_history_muted_total", type: "counter", labels: ["kind"], help: "what contacts in history would have told, by kind" },
  { name: "tidemark_history_caught_up_total", type: "counter", help: "muted triggers that were wanted once more after the return of their contact" },
  { name: "tidemark_checkpoint_failures_total", type: "counter", help: "checkpoints that could not be written; the one before stays good" },
  { name: "tidemark_checkpoint_position", type: "gauge", help: "position of the log of the last checkpoint that counts" },
  { name: "tidemark_checkpoint_age_seconds", type: "gauge", help: "time since the last checkpoint, and since the start where there is none yet" },
  { name: "tidemark_checkpoint_duration_seconds", type: "gauge", help: "how long the last checkpoint took" },
  { name: "tidemark_checkpoint_size_bytes", type: "gauge", help: "size of the last checkpoint" },
  {
    name: "tidemark_batch_duration_seconds",
    type: "histogram",
    help: "time that the slowest worker took for a batch",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  {
    name: "tidemark_edge_events_total",
    type: "counter",
    labels: ["outcome"],
    help: "events that came in over HTTP and were answered: accepted, rejected, ignored by a mapping, or not known to be stored",
  },
  {
    name: "tidemark_edge_rejected_events_total",
    type: "counter",
    labels: ["reason"],
    help: "events that came in over HTTP and were none, by what is wrong with them",
  },
  { name: "tidemark_edge_messages_total", type: "counter", help: "messages that the events of the HTTP edge were put into" },
  {
    name: "tidemark_edge_pending_bytes",
    type: "gauge",
    help: "bytes of requests whose events are not settled; at edge.pending_bytes requests are turned away",
  },
  {
    name: "tidemark_edge_answer_duration_seconds",
    type: "histogram",
    help: "time from the head of a request to its answer",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  { name: "tidemark_http_open_connections", type: "gauge", help: "connections to the HTTP address that are open" },
  { name: "tidemark_http_refused_connections_total", type: "counter", help: "connections that were closed as they came, because http.connections were open" },
  { name: "tidemark_http_requests_total", type: "counter", labels: ["route", "status"], help: "HTTP requests answered, by route and status" },
] as const satisfies readonly MetricDeclaration[];

type Declared = (typeof METRICS)[number];
export type MetricName = Declared["name"];
type NameOf<Type extends MetricDeclaration["type"]> = Extract<Declared, { type: Type }>["name"];

export class Metrics {
  // A registry of our own: the global one would be shared with whoever embeds us, and with every other test.
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #batches: Histogram;
  readonly #answers: Histogram;
  /** What the counters that follow a total of the status were last brought to. */
  readonly #totals = new Map<string, number>();
  readonly #startedMs: number;
  readonly #now: () => number;

  constructor(options: { readonly now?: () => number; readonly processMetrics?: boolean; readonly areas?: readonly string[] } = {}) {
    this.#now = options.now ?? Date.now;
    this.#startedMs = this.#now();
    for (const declaration of METRICS) this.#register(declaration);
    this.#batches = this.#registry.getSingleMetric("tidemark_batch_duration_seconds") as Histogram;
    this.#answers = this.#registry.getSingleMetric("tidemark_edge_answer_duration_seconds") as Histogram;
    this.#showZeros();
    if (options.areas !== undefined) this.#keepOnly(options.areas);
    if (options.processMetrics !== false) collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** One batch came back; `ms` is what its slowest worker took. */
  batch(ms: number): void {
    this.#batches.observe(ms / 1000);
  }

  /** `route` is a name from the server's table, never the path that was asked for. */
  request(route: string, status: number): void {
    this.#counter("tidemark_http_requests_total").inc({ route, status });
  }

  /** So many are open. */
  connections(open: number): void {
    this.#gauge("tidemark_http_open_connections").set(open);
  }

  connectionRefused(): void {
    this.#counter("tidemark_http_refused_connections_total").inc();
  }

  /** Events of one request of the edge that ended alike. */
  edgeEvents(outcome: EdgeOutcome, events: number): void {
    if (events > 0) this.#counter("tidemark_edge_events_total").inc({ outcome }, events);
  }

  edgeRejected(reason: DeadReason): void {
    this.#counter("tidemark_edge_rejected_events_total").inc({ reason });
  }

  edgeMessage(): void {
    this.#counter("tidemark_edge_messages_total").inc();
  }

  edgePending(bytes: number): void {
    this.#set("tidemark_edge_pending_bytes", bytes);
  }

  edgeAnswer(seconds: number): void {
    this.#answers.observe(seconds);
  }

  /**
   * Counts from this status on. An engine's totals survive a restart with its checkpoint; a counter that began with them would
   * look to Prometheus like that many events at once.
   */
  begin(status: EngineStatus): void {
    for (const { name, total, label } of totalsOf(status)) this.#totals.set(seriesKey(name, label), total);
    this.observe(status);
  }

  /** Brings everything that follows the engine's status up to it. Called before each scrape; calling it more often is harmless. */
  observe(status: EngineStatus): void {
    for (const phase of PHASES) this.#gauge("tidemark_engine_phase_state").set({ phase }, phase === status.phase ? 1 : 0);
    this.#set("tidemark_engine_ready_state", isReady(status) ? 1 : 0);
    this.#set("tidemark_log_taken_position", status.taken);
    this.#set("tidemark_log_acknowledged_position", status.position);
    this.#set("tidemark_log_lag_messages", status.lagMessages);
    this.#set("tidemark_log_lag_seconds", status.lagSeconds);
    this.#set("tidemark_log_time_seconds", status.logTimeMs / 1000);
    this.#set("tidemark_timers_lag_seconds", Math.max(0, status.logTimeMs - status.nextDeadlineMs) / 1000);
    this.#set("tidemark_duplicates_reach_seconds", status.duplicatesReachMs / 1000);
    this.#set("tidemark_state_contacts", status.contacts);
    this.#set("tidemark_between_unwritten_records", status.unwrittenRecords.count);
    this.#set("tidemark_between_unwritten_seconds", status.unwrittenRecords.oldestSeconds);
    this.#set("tidemark_history_contacts", status.history.contacts);
    this.#observeCheckpoint(status.checkpoint);
    for (const total of totalsOf(status)) this.#follow(total);
  }

  /** How the packs' targets stand. One that nobody's time is over for has no rate, and raises no alert. */
  targets(view: TargetsView): void {
    const [reached, wanted] = [this.#gauge("tidemark_targets_reached_percent"), this.#gauge("tidemark_targets_wanted_percent")];
    reached.reset();
    wanted.reset();
    for (const [pack, targets] of Object.entries(view))
      for (const [target, { percent, target: aim }] of Object.entries(targets)) {
        if (percent !== null) reached.set({ pack, target }, percent);
        wanted.set({ pack, target }, aim);
      }
  }

  /** The page that Prometheus reads. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #observeCheckpoint(checkpoint: EngineStatus["checkpoint"]): void {
    this.#set("tidemark_checkpoint_age_seconds", Math.max(0, this.#now() - (checkpoint?.atMs ?? this.#startedMs)) / 1000);
    if (checkpoint === null) return;
    this.#set("tidemark_checkpoint_position", checkpoint.position);
    this.#set("tidemark_checkpoint_duration_seconds", checkpoint.tookMs / 1000);
    this.#set("tidemark_checkpoint_size_bytes", checkpoint.bytes);
  }

  /** Status carries totals, a counter takes steps. A total that went back belongs to a new engine and begins again. */
  #follow({ name, total, label }: Total): void {
    const key = seriesKey(name, label);
    const before = this.#totals.get(key) ?? 0;
    const step = total >= before ? total - before : total;
    this.#totals.set(key, total);
    if (label === undefined) this.#counter(name).inc(step);
    else this.#counter(name).inc({ [label[0]]: label[1] }, step);
  }

  #set(name: NameOf<"gauge">, value: number): void {
    this.#gauge(name).set(value);
  }

  #register(declaration: MetricDeclaration): void {
    const { name, help, type } = declaration;
    const shape = { name, help, labelNames: [...(declaration.labels ?? [])], registers: [this.#registry] };
    if (type === "counter") this.#counters.set(name, new Counter(shape));
    else if (type === "gauge") this.#gauges.set(name, new Gauge(shape));
    else new Histogram({ ...shape, buckets: [...(declaration.buckets ?? [])] });
  }

  /** A process that does only a part of the work shows the metrics of that part: zeros of the others would look like an engine that does nothing. */
  #keepOnly(areas: readonly string[]): void {
    for (const { name } of METRICS) if (!areas.includes(name.split("_")[1] as string)) this.#registry.removeSingleMetric(name);
  }

  /** A series that appears only with its first count hides that first count from `rate()`. */
  #showZeros(): void {
    for (const reason of DEAD_REASONS) {
      this.#counter("tidemark_input_dead_events_total").inc({ reason }, 0);
      this.#counter("tidemark_edge_rejected_events_total").inc({ reason }, 0);
    }
    for (const kind of MUTED_KINDS) this.#counter("tidemark_history_muted_total").inc({ kind }, 0);
    for (const reason of WITHHELD_REASONS) this.#counter("tidemark_policy_withheld_triggers_total").inc({ reason }, 0);
    for (const outcome of GOAL_OUTCOMES) this.#counter("tidemark_output_goals_closed_total").inc({ outcome }, 0);
    for (const outcome of OUTCOME_KINDS) this.#counter("tidemark_input_outcomes_total").inc({ outcome }, 0);
    for (const outcome of EDGE_OUTCOMES) this.#counter("tidemark_edge_events_total").inc({ outcome }, 0);
  }

  #counter(name: NameOf<"counter">): Counter {
    return this.#counters.get(name) as Counter;
  }

  #gauge(name: NameOf<"gauge">): Gauge {
    return this.#gauges.get(name) as Gauge;
  }
}

/** A counter that follows a total of the status. */
interface Total {
  readonly name: NameOf<"counter">;
  readonly total: number;
  readonly label?: readonly [name: string, value: string];
}

function totalsOf(status: EngineStatus): readonly Total[] {
  return [
    { name: "tidemark_log_messages_total", total: status.messages },
    { name: "tidemark_log_stamped_back_messages_total", total: status.stampedBack },
    { name: "tidemark_input_events_total", total: status.events },
    { name: "tidemark_output_transitions_total", total: status.transitions },
    { name: "tidemark_output_triggers_total", total: status.triggers },
    { name: "tidemark_output_withheld_triggers_total", total: status.withheld },
    { name: "tidemark_output_held_back_effects_total", total: status.heldBack },
    { name: "tidemark_output_differing_effects_total", total: status.outputDifferences },
    { name: "tidemark_output_retries_total", total: status.outboxRetries },
    { name: "tidemark_timers_fired_deadlines_total", total: status.deadlinesFired },
    { name: "tidemark_history_events_total", total: status.history.events },
    { name: "tidemark_history_caught_up_total", total: status.history.caughtUp },
    { name: "tidemark_timers_ticks_total", total: status.ticks },
    { name: "tidemark_timers_repeated_ticks_total", total: status.repeatedTicks },
    { name: "tidemark_checkpoint_failures_total", total: status.checkpointFailures },
    ...Object.entries(status.withheldByReason).map(
      ([reason, total]): Total => ({
        name: "tidemark_policy_withheld_triggers_total",
        total,
        label: ["reason", reason],
      }),
    ),
    ...GOAL_OUTCOMES.map(
      (outcome): Total => ({ name: "tidemark_output_goals_closed_total", total: status.goalsByOutcome[outcome] ?? 0, label: ["outcome", outcome] }),
    ),
    ...MUTED_KINDS.map((kind): Total => ({ name: "tidemark_history_muted_total", total: status.history.muted[kind] ?? 0, label: ["kind", kind] })),
    ...OUTCOME_KINDS.map((kind): Total => ({ name: "tidemark_input_outcomes_total", total: status.outcomes[kind], label: ["outcome", kind] })),
    ...DEAD_REASONS.map((reason): Total => ({ name: "tidemark_input_dead_events_total", total: status.deadByReason[reason] ?? 0, label: ["reason", reason] })),
    ...Object.entries(status.dropped).map(([what, total]): Total => ({ name: "tidemark_input_dropped_values_total", total, label: ["what", what] })),
    ...Object.entries(status.time).map(([part, ms]): Total => ({ name: "tidemark_engine_spent_seconds_total", total: ms / 1000, label: ["part", part] })),
  ];
}

const seriesKey = (name: string, label: Total["label"]): string => `${name} ${label?.[1] ?? ""}`;
