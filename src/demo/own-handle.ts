// What whoever has a nats-server of our own (own-server.ts, or a cluster of them) holds of it.

export interface OwnServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; another one after a restart. */
  readonly pid: number;
  readonly folder: string;
  /** Ends it (and removes its folder if that was temporary). Harmless when repeated. */
  stop(): Promise<void>;
  /** Sends a signal, and waits for nothing. */
  kill(signal: NodeJS.Signals): void;
  /** Waits until the old process is gone (asking it to go if nobody did) and starts one on the same store and port. */
  restart(): Promise<void>;
}
