/**
 * Headers of network devices that are no RFC 3164: Cisco IOS, IOS XE, NX-OS, ASA, UCS.
 *
 * `[counter: ][host: ][sequence: ][host: ][*.]time[ zone][ host]: %FACILITY-SEVERITY-MNEMONIC: text`, each part before
 * the mnemonic may be missing. `*` before a time: the clock was never set; `.`: it is set, but not
 * synchronised (Cisco IOS, "service timestamps").
 *
 * @module
 */

/** What a head says; places are in characters from its start. */
export interface DeviceHead {
  readonly host: string | undefined;
  readonly sequence: string | undefined;
  /** A number before the host's name; `sequence` is after it. */
  readonly counter: string | undefined;
  readonly mark: "*" | "." | undefined;
  /** As it stands; a time since the device started is one too. */
  readonly time: { readonly text: string; readonly at: number } | undefined;
  readonly zone: string | undefined;
  /** `%FACILITY-SEVERITY-MNEMONIC`. */
  readonly mnemonic: { readonly from: number; readonly to: number };
  /** 0 to 7. */
  readonly severity: number;
  /** Where the text begins. */
  readonly text: number;
}

/** A head is looked for in so many bytes. */
const HEAD_BYTES = 220;
const WORD = "[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,63}?";
const CLOCK = String.raw`\d\d:\d\d:\d\d(?:\.\d{1,6})?`;
const TIMES = [
  String.raw`[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?${CLOCK}`,
  String.raw`\d{4} [A-Z][a-z]{2} {1,2}\d{1,2} ${CLOCK}`,
  String.raw`\d{4}-\d\d-\d\d[T ]${CLOCK}(?:Z|[+-]\d\d:?\d\d)?`,
  String.raw`(?:\d{1,3}[wdy]){1,3}(?:\d{1,2}h)?`,
  String.raw`\d\d:\d\d:\d\d`,
].join("|");
const MNEMONIC = String
  .raw`%[A-Za-z0-9_]{1,40}(?:-[A-Za-z0-9_]{1,40}){0,3}?-[0-7]-[A-Za-z0-9_]{1,60}`;
const HEAD = new RegExp(
  `^[ :]*(?:(?<counter>[0-9]{1,12}) ?: +)??(?:(?<first>${WORD}) ?: +)??(?:(?<sequence>[0-9]{1,12}) ?: +)?` +
    `(?:(?<after>${WORD}) ?: +)??(?:(?<mark>[*.])? ?(?<time>${TIMES})(?: (?<zone>[A-Z]{2,5}(?:[+-][0-9:]{1,5})?))?` +
    `(?: (?<second>${WORD}))? ?: +)?(?<mnemonic>${MNEMONIC}):(?: |$)`,
  "d",
);
const ZONES: ReadonlySet<string> = new Set(
  ("UTC GMT EST EDT CST CDT MST MDT PST PDT AKST AKDT HST CET CEST WET WEST EET EEST BST IST MSK " +
    "JST KST SGT HKT AEST AEDT ACST ACDT AWST NZST NZDT BRT ART SAST").split(" "),
);

/** Whether a zone's name means UTC. */
export function isUtc(zone: string | undefined): boolean {
  return zone === "UTC" || zone === "GMT";
}

/** The head of a device at `at`; undefined where there is none. */
export function readDeviceHead(
  bytes: Uint8Array,
  at: number,
  end: number,
): DeviceHead | undefined {
  const head = Buffer.from(bytes.subarray(at, Math.min(end, at + HEAD_BYTES))).toString("latin1");
  const found = HEAD.exec(head);
  const { groups, indices } = found ?? {};
  const place = indices?.groups?.["mnemonic"];
  if (found === null || groups === undefined || place === undefined) return undefined;
  const { counter, first, sequence, after, mark, time, zone, second, mnemonic = "" } = groups;
  // After a time that was read before, the first word may be its zone.
  const name = first ?? after;
  const isZone = name !== undefined && time === undefined && ZONES.has(name);
  return {
    host: (isZone ? undefined : name) ?? second,
    sequence: sequence ?? counter,
    counter: sequence === undefined ? undefined : counter,
    mark: mark === "*" || mark === "." ? mark : undefined,
    time: time === undefined ? undefined : { text: time, at: indices?.groups?.["time"]?.[0] ?? 0 },
    zone: isZone ? name : zone,
    mnemonic: { from: place[0], to: place[1] },
    severity: Number(/-([0-7])-[^-]*$/.exec(mnemonic)?.[1]),
    text: found[0].length,
  };
}
