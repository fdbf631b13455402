// An engine that is still being started, as the HTTP page sees it. The page must listen before the engine takes the shard over
// (a port that is taken is found out while another engine can still go on), so it is given this and the engine follows.

import type { ContactKey } from "../model/ids.ts";
import type { ContactOptions, Engine, EngineStatus, RfmView, StagesView, TargetsView } from "../model/status.ts";

export class EngineSlot implements Engine {
  readonly #shard: string;
  readonly #engine = Promise.withResolvers<Engine>();
  #filled: Engine | undefined;

  constructor(shard: string) {
    this.#shard = shard;
  }

  fill(engine: Engine): void {
    this.#filled = engine;
    this.#engine.resolve(engine);
  }

  status(): EngineStatus {
    return this.#filled?.status() ?? startingStatus(this.#shard);
  }

  async contact(key: ContactKey, options?: ContactOptions): Promise<unknown | undefined> {
    return (await this.#engine.promise).contact(key, options);
  }

  async stages(): Promise<StagesView> {
    return (await this.#engine.promise).stages();
  }

  async targets(): Promise<TargetsView> {
    return (await this.#engine.promise).targets();
  }

  async rfm(): Promise<RfmView> {
    return (await this.#engine.promise).rfm();
  }

  async digest(): Promise<string> {
    return (await this.#engine.promise).digest();
  }

  async checkpoint(): Promise<void> {
    return (await this.#engine.promise).checkpoint();
  }

  async stop(): Promise<void> {
    await this.#filled?.stop();
  }

  get ended(): Promise<void> {
    return this.#engine.promise.then((engine) => engine.ended);
  }
}

const startingStatus = (shard: string): EngineStatus => ({
  shard,
  phase: "starting",
  trouble: null,
  position: 0,
  taken: 0,
  logTimeMs: 0,
  lagMessages: 0,
  lagSeconds: 0,
  messages: 0,
  stampedBack: 0,
  events: 0,
  outcomes: { applied: 0, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 },
  deadByReason: {},
  dropped: {},
  transitions: 0,
  triggers: 0,
  withheld: 0,
  withheldByReason: {},
  goalsByOutcome: {},
  heldBack: 0,
  outputDifferences: 0,
  outboxRetries: 0,
  deadlinesFired: 0,
  ticks: 0,
  repeatedTicks: 0,
  contacts: 0,
  unwrittenRecords: { count: 0, oldestSeconds: 0 },
  history: { contacts: 0, events: 0, muted: {}, caughtUp: 0 },
  nextDeadlineMs: Number.POSITIVE_INFINITY,
  duplicatesReachMs: 0,
  checkpoint: null,
  checkpointFailures: 0,
  checkpointFailure: null,
  time: { reading: 0, framing: 0, workers: 0, outbox: 0, checkpoints: 0 },
});
