/**
 * What an operator may set for a source of quality reports.
 *
 * @module
 */
import * as v from "valibot";

const LISTEN = /^(udp|tcp|tls):(?:\[[0-9A-Fa-f:.]+\]|[0-9.]+):\d{1,5}$/;
const FORMATS = ["auto", "rfc6035", "cisco_cmr", "ms_qoe", "graph"] as const;

const text = v.pipe(v.string("must be text"), v.nonEmpty("must not be empty"));

export const config = v.pipe(
  v.strictObject({
    paths: v.optional(
      v.pipe(
        v.array(
          v.pipe(v.string(), v.nonEmpty("must be a file or a glob, not empty")),
          "must be a list of files or globs",
        ),
        v.minLength(1, "must name at least one file or glob"),
      ),
    ),
    listen: v.optional(
      v.pipe(
        v.array(
          v.pipe(
            v.string(),
            v.regex(LISTEN, 'must be such as "udp:0.0.0.0:5060" or "tcp:[::]:5060"'),
          ),
          'must be a list of addresses such as "udp:0.0.0.0:5060"',
        ),
        v.minLength(1, "must name at least one address"),
      ),
    ),
    tls: v.optional(v.strictObject({ cert: text, key: text, clientCa: v.optional(text) })),
    format: v.optional(
      v.picklist(FORMATS, 'must be "auto", "rfc6035", "cisco_cmr", "ms_qoe" or "graph"'),
      "auto",
    ),
    startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
    maxRecordBytes: v.optional(
      v.pipe(
        v.number("must be a number of bytes, such as 4194304"),
        v.integer("must be a whole number of bytes"),
        v.minValue(65_536, "must be at least 65536"),
        v.maxValue(67_108_864, "must be at most 67108864"),
      ),
      4_194_304,
    ),
  }),
  v.check(
    ({ paths, listen }) => (paths === undefined) !== (listen === undefined),
    'must have exactly one of "paths" and "listen"',
  ),
  v.check(
    ({ tls, listen }) => (tls !== undefined) === (listen?.some(isTls) ?? false),
    '"tls" and a listener such as "tls:0.0.0.0:5061" need each other',
  ),
);

export type Config = v.InferOutput<typeof config>;

/** Whether `listen` names a TLS listener. */
export function isTls(listen: string): boolean {
  return listen.startsWith("tls:");
}
