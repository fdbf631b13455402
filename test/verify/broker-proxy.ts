// A TCP proxy between an engine and its broker that does what networks do, on purpose: it loses only acknowledgements, holds
// everything back for a while, and cuts a connection in the middle of a message. It also counts what passes, so that a check
// can say what an engine wrote. It changes no byte of what it passes on.

import { createConnection, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { type Frame, FrameSplitter } from "./wire.ts";

/** Towards the broker, or back. */
export type Direction = "up" | "down";

const OUTPUT = /^tidemark\.(transitions|triggers|withheld|outcomes|epoch)\./;
const LOG = /^tidemark\.log\./;

export class BrokerProxy {
  /** Acknowledgements of outputs that are still to be lost, and those that were. */
  acksToLose = 0;
  acksLost = 0;
  cuts = 0;
  /** Outputs that were on their way when the road up was held, and after. */
  outputsHeld = 0;
  /** Publishes that an engine sent, to its output and to its log, since the start. */
  outputsSent = 0;
  recordsSent = 0;
  /** ms that each frame from the broker waits, drawn anew for each. */
  delayMs: () => number = () => 0;
  readonly #server: Server;
  readonly #target: number;
  readonly #open = new Set<Socket>();
  readonly #bench: Bench;
  #cutNext: Direction | undefined;
  #shut = false;
  #holdAtAck = false;
  /** Resolves when what goes up may go on; undefined where nothing is held. */
  #held: PromiseWithResolvers<void> | undefined;

  static async open(bench: Bench, targetPort: number): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(bench, targetPort);
    await new Promise<void>((done) => proxy.#server.listen(0, "127.0.0.1", done));
    bench.atClose(() => proxy.close());
    return proxy;
  }

  private constructor(bench: Bench, targetPort: number) {
    this.#bench = bench;
    this.#target = targetPort;
    this.#server = createServer((client) => this.#join(client));
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `nats://127.0.0.1:${address.port}`;
  }

  /** The next output that is published, or the next acknowledgement, is passed on in part, and then the connection is gone. */
  cutNext(direction: Direction): void {
    this.#cutNext = direction;
  }

  /** From the next acknowledgement on, which lets the rest of a window go, what an engine sends waits here, in its order, until `release`. */
  holdAtAck(): void {
    this.#holdAtAck = true;
  }

  release(): void {
    this.#holdAtAck = false;
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Nobody gets through, and who was connected is no longer, until `letThrough`. */
  shut(): void {
    this.#shut = true;
    for (const socket of this.#open) socket.destroy();
  }

  letThrough(): void {
    this.#shut = false;
  }

  async close(): Promise<void> {
    this.release();
    this.shut();
    await new Promise((done) => this.#server.close(done));
  }

  #join(client: Socket): void {
    if (this.#shut) return void client.destroy();
    const broker = createConnection({ host: "127.0.0.1", port: this.#target });
    const both = [client, broker];
    for (const socket of both) {
      socket.setNoDelay(true);
      this.#open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#open.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    const acks = new Set<string>();
    const cut = (): void => {
      for (const socket of both) socket.destroySoon();
    };
    this.#pass(client, broker, "up", (frame) => this.#fromEngine(frame, acks), cut);
    this.#pass(broker, client, "down", (frame) => this.#fromBroker(frame, acks), cut);
  }

  /** Frame by frame, in order, each after its delay. */
  #pass(from: Socket, to: Socket, direction: Direction, judge: (frame: Frame) => Verdict, cut: () => void): void {
    const splitter = new FrameSplitter();
    let turn: Promise<void> = Promise.resolve();
    let over = false;
    const handle = async (frame: Frame): Promise<void> => {
      const wait = direction === "down" ? this.delayMs() : 0;
      if (wait > 0) await sleep(wait);
      if (direction === "up") await this.#held?.promise;
      const verdict = over ? "lose" : judge(frame);
      if (verdict === "lose") return;
      if (verdict === "pass") return void to.write(frame.bytes);
      over = true;
      to.write(frame.bytes.subarray(0, this.#bench.random(1, frame.bytes.length)));
      cut();
    };
    from.on("data", (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) {
        if (this.#held !== undefined && OUTPUT.test(frame.subject)) this.outputsHeld++;
        turn = turn.then(() => handle(frame));
      }
    });
  }

  #fromEngine({ subject, reply }: Frame, acks: Set<string>): Verdict {
    if (LOG.test(subject)) this.recordsSent++;
    if (!OUTPUT.test(subject)) return "pass";
    this.outputsSent++;
    acks.add(reply);
    return this.#cuts("up") ? "cut" : "pass";
  }

  #fromBroker({ subject }: Frame, acks: Set<string>): Verdict {
    if (!acks.delete(subject)) return "pass";
    if (this.#holdAtAck) this.#held ??= Promise.withResolvers<void>();
    if (this.acksToLose > 0) {
      this.acksToLose--;
      this.acksLost++;
      return "lose";
    }
    return this.#cuts("down") ? "cut" : "pass";
  }

  #cuts(direction: Direction): boolean {
    if (this.#cutNext !== direction) return false;
    this.#cutNext = undefined;
    this.cuts++;
    return true;
  }
}

type Verdict = "pass" | "lose" | "cut";
