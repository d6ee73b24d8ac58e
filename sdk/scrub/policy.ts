/**
 * Scrub policy: what is done with each column, never less than its class demands.
 *
 * @module
 */
import { sha256 } from "../runtime/hash.ts";
import type { ColumnSpec, DataClass, Schema } from "../table.ts";

/** Each is stricter than the one before it. */
export const TREATMENTS = ["keep", "scan", "token", "drop"] as const;
export type Treatment = (typeof TREATMENTS)[number];

/** The floor of each class; `network` values become address tokens where they are addresses. */
const FLOOR: Readonly<Record<DataClass, Treatment>> = {
  public: "keep",
  system: "keep",
  network: "token",
  customer: "token",
  personal: "token",
  content: "scan",
  secret: "drop",
};

/** Stricter treatments by `Table.Column`. */
export interface Policy {
  readonly columns: Readonly<Record<string, Treatment>>;
  /**
   * Names of accounts that end in `$`, in columns and fields of kind `user`: with "keep" they stay
   * readable, as names of hosts do. Default "token", for people may be called so too.
   */
  readonly machineAccounts?: "keep" | "token" | undefined;
}

export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: "floor" | "column";

  constructor(code: PolicyError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** What is done at least with a value of a class. */
export function treatmentOfClass(dataClass: DataClass): Treatment {
  return FLOOR[dataClass];
}

/** What `policy` does with one column. */
export function treatmentOf(
  policy: Policy,
  { table, name }: { readonly table: string; readonly name: string },
  spec: ColumnSpec,
): Treatment {
  const floor = FLOOR[spec.class];
  const wanted = policy.columns[`${table}.${name}`];
  const chosen = wanted !== undefined && isStricter(wanted, floor) ? wanted : floor;
  const tokenless = spec.type === "datetime" || spec.type === "bool" || spec.type === "real";
  return chosen === "token" && tokenless ? "drop" : chosen;
}

/**
 * Checks that `policy` names columns that exist and goes below no floor.
 *
 * @throws {PolicyError}
 */
export function checkPolicy(policy: Policy, schemas: readonly Schema[]): void {
  for (const [path, wanted] of Object.entries(policy.columns)) {
    const [table = "", name = ""] = path.split(".");
    const spec = schemas.find((schema) => schema.name === table)?.columns[name];
    if (spec === undefined) {
      throw new PolicyError("column", `Cannot apply scrub policy: no source has column "${path}"`);
    }
    const floor = FLOOR[spec.class];
    if (!isStricter(wanted, floor) && wanted !== floor) {
      throw new PolicyError(
        "floor",
        `Cannot apply scrub policy: "${path}" is ${spec.class}, must be at least "${floor}", is "${wanted}"`,
      );
    }
  }
}

/** Which detectors free text is scanned by: changes when they find something else than before. */
const DETECTORS = "detectors/2";

/** SHA-256 of "custos/policy/v1", the policy's sorted entries, key epoch and detectors. 32 bytes. */
export function policyHash(policy: Policy, keyEpoch: number): Uint8Array {
  const entries = Object.entries(policy.columns).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const chosen = policy.machineAccounts === "keep" ? ["machine-accounts/keep"] : [];
  return sha256(
    "custos/policy/v1",
    Buffer.from(JSON.stringify([FLOOR, entries, keyEpoch, DETECTORS, ...chosen])),
  );
}

function isStricter(a: Treatment, b: Treatment): boolean {
  return TREATMENTS.indexOf(a) > TREATMENTS.indexOf(b);
}
