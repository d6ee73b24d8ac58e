/**
 * Names of facilities and severities (RFC 5424 §6.2.1), as bytes that a column takes as they are.
 *
 * @module
 */
const FACILITIES = "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit " +
  "alert clock local0 local1 local2 local3 local4 local5 local6 local7";
const SEVERITIES = "emerg alert crit err warning notice info debug";

/** Largest PRI: local7.debug. */
export const MAX_PRIORITY = 191;

/** Words end to end. */
export interface Names {
  readonly bytes: Uint8Array;
  /** Word i is `bytes[starts[i], starts[i + 1])`. */
  readonly starts: readonly number[];
}

export const facilityNames = namesOf(FACILITIES.split(" "));
export const severityNames = namesOf(SEVERITIES.split(" "));

function namesOf(words: readonly string[]): Names {
  const starts = [0];
  for (const word of words) starts.push(starts.at(-1)! + word.length);
  return { bytes: new TextEncoder().encode(words.join("")), starts };
}
