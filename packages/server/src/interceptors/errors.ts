import type { Interceptor } from "@connectrpc/connect";
import { toConnectError } from "../errors.js";
import { around } from "./around.js";

/** Whatever a handler throws leaves as an error of the table. */
export const errors: Interceptor = (next) => (request) => around(next, request, { onError: toConnectError });
