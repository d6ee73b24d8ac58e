/**
 * What a user may write under `syslog:`.
 *
 * @module
 */
import * as v from "valibot";

const LISTEN = /^(udp|tcp|tls):(?:\[[0-9A-Fa-f:.]+\]|[0-9.]+):\d{1,5}$/;

const text = v.pipe(v.string(), v.minLength(1, "must not be empty"));

export const config = v.pipe(
  v.strictObject({
    /** Globs of files. */
    files: v.optional(v.pipe(v.array(text), v.minLength(1, "must name at least one file"))),
    /** Addresses to listen on. */
    listen: v.optional(
      v.pipe(
        v.array(
          v.pipe(
            v.string(),
            v.regex(LISTEN, 'must be such as "udp:127.0.0.1:514" or "tcp:[::]:514"'),
          ),
        ),
        v.minLength(1, "must name at least one address"),
      ),
    ),
    /** PEM files of the `tls:` listeners. */
    tls: v.optional(v.strictObject({ cert: text, key: text, clientCa: v.optional(text) })),
    /** Of times that name no zone; default is the host's. */
    timezone: v.optional(
      v.pipe(v.string(), v.check(isTimeZone, 'must be such as "Europe/Vienna", "UTC" or "+02:00"')),
    ),
    /** Longer messages are cut. */
    maxLineBytes: v.optional(
      v.pipe(
        v.number(),
        v.integer("must be a whole number"),
        v.minValue(480, "must be at least 480, the length that RFC 5424 demands"),
        v.maxValue(1_048_576, "must be at most 1048576"),
      ),
      65_536,
    ),
  }),
  v.check(
    ({ files, listen }) => (files === undefined) !== (listen === undefined),
    'must have exactly one of "files" and "listen"',
  ),
  v.check(
    ({ tls, listen }) => (tls !== undefined) === (listen?.some(isTls) ?? false),
    '"tls" and a listener such as "tls:0.0.0.0:6514" need each other',
  ),
);

export type Config = v.InferOutput<typeof config>;

/** Whether `listen` names a TLS listener. */
export function isTls(listen: string): boolean {
  return listen.startsWith("tls:");
}

function isTimeZone(name: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId !== "";
  } catch {
    return false;
  }
}
