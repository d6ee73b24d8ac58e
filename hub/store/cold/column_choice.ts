/**
 * How values are written smallest, found out on a sample of them.
 *
 * @module
 */
import { constants, zstdCompressSync } from "node:zlib";

/** What zstd is asked for. */
export interface Effort {
  readonly level: number;
  readonly shortestMatch?: number;
}

/**
 * The cheaper first. Short matches of log lines are digits that chance has made alike: to look for
 * long ones alone is faster and makes them smaller. Numbers have no others.
 */
const EFFORTS: readonly Effort[] = [
  { level: 1 },
  { level: 3, shortestMatch: 7 },
  { level: 3, shortestMatch: 4 },
];
/** Where nobody waits. From here on two per cent of a long line cost ten times as much. */
const THOROUGH: readonly Effort[] = [...EFFORTS, { level: 12, shortestMatch: 6 }];
/** Numbers gain from a search of all matches, which long lines cannot pay. */
const EXHAUSTIVE: Effort = { level: 16, shortestMatch: 4 };
const MAX_EXHAUSTIVE_BYTES = 640 * 1024;
/** For what is too small to be worth a choice. */
const USUAL: Effort = { level: 3, shortestMatch: 4 };

/** A dearer effort must save so much of what the cheaper one leaves. */
const WORTH = 0.985;
const SAMPLE_BYTES = 1024 * 1024;

export function squeeze(raw: Uint8Array, { level, shortestMatch }: Effort): Uint8Array {
  return zstdCompressSync(raw, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      ...(shortestMatch !== undefined && { [constants.ZSTD_c_minMatch]: shortestMatch }),
    },
  });
}

/** The effort that is worth it for bytes as `raw`. */
export function effortFor(raw: Uint8Array, isThorough: boolean): Effort {
  const efforts = !isThorough
    ? EFFORTS
    : raw.length > MAX_EXHAUSTIVE_BYTES
    ? THOROUGH
    : [...THOROUGH, EXHAUSTIVE];
  const middle = Math.max(0, (raw.length - SAMPLE_BYTES) >> 1);
  const sample = raw.subarray(middle, middle + SAMPLE_BYTES);
  let best = efforts[0]!;
  let bytes = squeeze(sample, best).length;
  for (const effort of efforts.slice(1)) {
    const size = squeeze(sample, effort).length;
    if (size > bytes * WORTH) continue;
    best = effort;
    bytes = size;
  }
  return best;
}

/** The first of the candidates that is smallest after zstd. */
export function smallest<Candidate extends number>(
  candidates: readonly Candidate[],
  sampleOf: (candidate: Candidate) => Uint8Array | undefined,
): Candidate {
  let best = candidates[0]!;
  let least = Infinity;
  for (const candidate of candidates) {
    const sample = sampleOf(candidate);
    const size = sample === undefined ? Infinity : squeeze(sample, USUAL).length;
    if (size >= least) continue;
    best = candidate;
    least = size;
  }
  return best;
}
