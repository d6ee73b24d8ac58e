/**
 * What an operator may set for what other programs push.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, listenTls, text } from "../../sdk/source_settings.ts";

const LISTEN = /^https?:(?:\[[0-9A-Fa-f:.]+\]|[0-9.]+):\d{1,5}$/;
const WHAT = 'must be such as "http:127.0.0.1:4318" or "https:[::]:4318"';
const LOOPBACK = /^https?:(?:127\.[0-9.]+|\[::1\]):/;

export const config = v.pipe(
  v.strictObject({
    listen: v.pipe(
      v.array(v.pipe(v.string(), v.regex(LISTEN, WHAT)), `must be a list: each ${WHAT}`),
      v.minLength(1, "must name at least one address"),
    ),
    tls: v.optional(listenTls),
    /** Lines of `NAME TOKEN`. */
    tokenFile: v.optional(text),
    maxBodyBytes: byteLimit({ least: 65_536, most: 134_217_728, usual: 16_777_216 }),
  }),
  v.check(
    ({ tls, listen }) => (tls !== undefined) === listen.some(isHttps),
    '"tls" and a listener such as "https:0.0.0.0:4318" need each other',
  ),
  v.check(
    ({ tokenFile, tls, listen }) =>
      tokenFile !== undefined || tls?.clientCa !== undefined || listen.every(isLoopback),
    'must have "tokenFile" or "tls.clientCa", or listen on 127.0.0.1 or [::1] alone',
  ),
);

export type Config = v.InferOutput<typeof config>;

export function isHttps(listen: string): boolean {
  return listen.startsWith("https:");
}

function isLoopback(listen: string): boolean {
  return LOOPBACK.test(listen);
}
