/** A running server on a free port of the loopback interface. */
export declare class ServerProcess {
  /** For example `localhost:43121`. */
  readonly host: string;
  /** Milliseconds from the start of the process until it was ready. */
  readonly readyMs: number;
  /**
   * Starts a server over a data directory and waits until it is ready.
   *
   * @throws Error with the end of what the server printed when it ends or is not ready within `readyWithinMs`, 20,000
   */
  static start(dataFolder: string, options?: { readonly readyWithinMs?: number }): Promise<ServerProcess>;
  /** Bytes of memory that the process holds; NaN where the system does not say. */
  residentBytes(): number;
  /** Ends the process, by default with SIGTERM, and waits for its end. The data stay. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}
