import { CODE, ConnectionError, SETTING, WINDOW_BYTES_MAX } from "./frames.js";

/** What of a client's settings plays a part here. */
export interface ClientSettings {
  /** Bytes that it takes on each stream before it says that it takes more. */
  readonly initialWindow: number | undefined;
}

const ENTRY_BYTES = 6;
/** RFC 9113, section 6.5.2: payloads of frames. */
const FRAME_BYTES_MIN = 2 ** 14;
const FRAME_BYTES_MAX = 2 ** 24 - 1;

/**
 * Reads SETTINGS. The table of headers, the most of streams and the size of frames are limits that are never reached here, and of pushes
 * there are none.
 *
 * @throws ConnectionError when a value is none that the setting may have
 */
export function settingsIn(payload: Buffer): ClientSettings {
  if (payload.length % ENTRY_BYTES !== 0)
    throw new ConnectionError(CODE.frameSizeError, "SETTINGS end within a setting");
  let initialWindow: number | undefined;
  for (let at = 0; at < payload.length; at += ENTRY_BYTES) {
    const id = payload.readUInt16BE(at);
    const value = payload.readUInt32BE(at + 2);
    const isWindow = id === SETTING.initialWindowSize;
    if (isWindow && value > WINDOW_BYTES_MAX) throw new ConnectionError(CODE.flowControlError, "a window is too large");
    const isRight = id !== SETTING.enablePush || value <= 1;
    const isSize = id !== SETTING.maxFrameSize || (value >= FRAME_BYTES_MIN && value <= FRAME_BYTES_MAX);
    if (!isRight || !isSize)
      throw new ConnectionError(CODE.protocolError, "a setting has a value that it may not have");
    if (isWindow) initialWindow = value;
  }
  return { initialWindow };
}
