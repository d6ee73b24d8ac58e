/**
 * Settings that many built-in sources have: one wording, one set of bounds.
 *
 * @module
 */
import * as v from "valibot";

const ZONE = 'must be a zone such as "Europe/Vienna", "UTC" or "+02:00"';
const LISTEN = /^(udp|tcp|tls):(?:\[[0-9A-Fa-f:.]+\]|[0-9.]+):\d{1,5}$/;
const MS = new Map([["ms", 1], ["s", 1000], ["min", 60_000], ["h", 3_600_000]]);

/** A text that is not empty. */
export const text = v.pipe(v.string("must be text"), v.nonEmpty("must not be empty"));

/** Files or globs, at least one; `example` stands in the message. */
export function fileGlobs(example = "/var/log/app/*.log") {
  const what = `must be a list of files or globs, such as [${example}]`;
  return v.pipe(
    v.array(v.pipe(v.string(what), v.nonEmpty("must be a file or a glob, not empty")), what),
    v.minLength(1, "must name at least one file or glob"),
  );
}

/** Logs of a running Windows host, at least one. */
export const channels = v.pipe(
  v.array(
    v.pipe(v.string(), v.nonEmpty("must be a channel, such as System")),
    "must be a list of channels, such as [System]",
  ),
  v.minLength(1, "must name at least one channel"),
);

/** Which events of the channels, as Event Viewer's XPath has it. */
const query = v.optional(
  v.pipe(
    v.string("must be XPath, such as *[System[Level <= 3]]"),
    v.regex(/^\*[^\0]{0,8191}$/, "must be XPath that begins with *, such as *[System[Level <= 3]]"),
  ),
);

/** Where Windows events are read: settings of a source, to be held to {@link hasEventPlace}. */
export const eventPlaces = {
  files: v.optional(fileGlobs("C:/Logs/*.evtx")),
  /** Logs of the running host; in the place of files. */
  channels: v.optional(channels),
  query,
};

interface EventPlaces {
  readonly files?: unknown;
  readonly channels?: unknown;
  readonly query?: unknown;
}

/** A source of Windows events has either files or channels. */
export const hasEventPlace = <T extends EventPlaces>() =>
  v.check<T, string>(
    ({ files, channels }) => (files === undefined) !== (channels === undefined),
    'must have "files" or "channels", one of them',
  );

/** A query is for channels. */
export const queriesChannels = <T extends EventPlaces>() =>
  v.check<T, string>(
    ({ channels, query }) => query === undefined || channels !== undefined,
    'must have no "query" without "channels": of files all events are read',
  );

/** Where a file that was never read before begins. */
export const startAt = v.optional(
  v.picklist(["oldest", "now"], 'must be "oldest" or "now"'),
  "oldest",
);

/** The zone of times that name none. */
export const timeZone = v.pipe(v.string(ZONE), v.check(isTimeZone, ZONE));

/** A number of bytes from `least` to `most`; `why` is said where it is less. */
export function byteLimit(
  { least, most, usual, why }: {
    readonly least: number;
    readonly most: number;
    readonly usual: number;
    readonly why?: string;
  },
) {
  return v.optional(
    v.pipe(
      v.number(`must be a number of bytes, such as ${usual}`),
      v.integer("must be a whole number of bytes"),
      v.minValue(least, `must be at least ${least}${why === undefined ? "" : `, ${why}`}`),
      v.maxValue(most, `must be at most ${most}`),
    ),
    usual,
  );
}

/** A duration such as `15s`, from `least` to `most`; its value is in ms. */
export function duration(least: string, most: string) {
  const what = `must be a duration such as "15s", from "${least}" to "${most}"`;
  return v.pipe(
    v.string(what),
    v.regex(/^\d{1,7}(?:ms|s|min|h)$/, what),
    v.transform(toMs),
    v.minValue(toMs(least), what),
    v.maxValue(toMs(most), what),
  );
}

/** Addresses to listen on, at least one; `port` is that of the examples in messages. */
export function listenAddresses(port: number) {
  return v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.regex(LISTEN, `must be such as "udp:127.0.0.1:${port}" or "tcp:[::]:${port}"`),
      ),
      `must be a list of addresses such as "udp:127.0.0.1:${port}"`,
    ),
    v.minLength(1, "must name at least one address"),
  );
}

/** PEM files of the `tls:` listeners. */
export const listenTls = v.strictObject({ cert: text, key: text, clientCa: v.optional(text) });

/** Whether `listen` names a TLS listener. */
export function isTls(listen: string): boolean {
  return listen.startsWith("tls:");
}

function toMs(words: string): number {
  const [, digits, unit = ""] = /^(\d+)(\D+)$/.exec(words) ?? [];
  return Number(digits) * (MS.get(unit) ?? Number.NaN);
}

function isTimeZone(name: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId !== "";
  } catch {
    return false;
  }
}
