/** Limits of the WebSocket door. */
export const WEBSOCKET_LIMITS = {
  /** Bytes of a frame that comes in: a vector of 65,535 numbers in JSON takes about 1.4 million, a text up to 1 MiB. */
  frameBytesMax: 4 * 1024 * 1024,
  /** Queries of one socket that run at once: each holds a chunk of results while its reader is slow. */
  queriesMax: 8,
  /** Bytes that wait for a slow reader before no query goes on; then one frame of each may follow. */
  bufferedBytesMax: 64 * 1024,
  /** Errors that wait for a reader before no frame of its is read any more. */
  unsentErrorsMax: 32,
  /** Characters of a request id. */
  requestIdCharsMax: 128,
  /** Between the handshake and the first frame, where that has the key. */
  authTimeoutMs: 5_000,
  /** Between two pings. A socket that neither answers one nor takes a byte until the next is cut. */
  pingIntervalMs: 30_000,
  /** How long a peer has to answer a close. */
  closeTimeoutMs: 2_000,
} as const;
