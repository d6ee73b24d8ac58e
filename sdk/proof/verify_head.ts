/**
 * The last two links of a bundle: the hub has signed the checkpoint, witnesses have cosigned it.
 *
 * @module
 */
import type { ClaimedKey } from "./bundle.ts";
import type { Provider } from "./provider.ts";
import type { Broken, SeenWitness } from "./verdict.ts";
import { cosignedAt, isSigned, type Note, readNote } from "./verify_note.ts";

/** The keys that whoever verifies brings along. What is empty is taken from the bundle, on faith. */
export interface Trust {
  /** One of them must have signed the checkpoint; 32 bytes each. */
  readonly hubs: readonly Uint8Array[];
  /** All of them must have cosigned it. */
  readonly witnesses: readonly { readonly name: string; readonly publicKey: Uint8Array }[];
  /** One of them must be the first key of each agent. */
  readonly agents: readonly Uint8Array[];
}

export interface CheckedHead {
  readonly note: Note | undefined;
  readonly broken: Broken | undefined;
  readonly witnesses: readonly SeenWitness[];
  readonly faith: readonly string[];
}

export interface HeadCheck {
  note(note: string): void;
  key(key: ClaimedKey): void;
  /** Once all keys have come. */
  checked(): CheckedHead;
}

export function openHeadCheck(provider: Provider, trust: Trust): HeadCheck {
  const claims: ClaimedKey[] = [];
  let note: Note | undefined;
  let checked: CheckedHead | undefined;
  return {
    note: (text) => void (note = readNote(text)),
    key: (claimed) => void claims.push(claimed),
    checked: () => checked ??= check({ note, claims }, provider, trust),
  };
}

interface Claimed {
  readonly note: Note | undefined;
  readonly claims: readonly ClaimedKey[];
}

function check({ note, claims }: Claimed, provider: Provider, trust: Trust): CheckedHead {
  const nothing = { witnesses: [], faith: [] };
  const broken = (code: string, why: string): CheckedHead => ({
    note,
    broken: { link: "checkpoint", code, why },
    ...nothing,
  });
  if (note === undefined) return broken("format", "it is no signed note of a log");
  const hub = claims.find(({ role }) => role === "hub");
  const signs = (publicKey: Uint8Array) =>
    isSigned(note, { name: note.origin, publicKey }, provider);
  if (hub !== undefined && (hub.name !== note.origin || !signs(hub.publicKey))) {
    return broken("signature", "the hub's key in this bundle has not signed it");
  }
  if (trust.hubs.length > 0 && !trust.hubs.some(signs)) {
    return broken("key", "none of the hub keys that you trust has signed it");
  }
  const faith = trust.hubs.length > 0
    ? []
    : [`that the key in this bundle is the key of hub ${note.origin}`];
  return { note, ...checkWitnesses({ note, claims }, provider, { trust, faith }) };
}

function checkWitnesses(
  { note, claims }: Claimed & { readonly note: Note },
  provider: Provider,
  { trust, faith }: { readonly trust: Trust; readonly faith: readonly string[] },
): Omit<CheckedHead, "note"> {
  const told = [...faith];
  const witnesses: SeenWitness[] = [];
  const claimed = claims.filter(({ role }) => role === "witness");
  const wanted = [
    ...trust.witnesses.map((key) => ({ key, isTrusted: true })),
    ...claimed.filter((key) => !trust.witnesses.some((known) => isSame(known, key)))
      .map((key) => ({ key, isTrusted: false })),
  ];
  for (const { key, isTrusted } of wanted) {
    const time = cosignedAt(note, key, provider);
    if (time === undefined) {
      const why = `witness ${key.name} has not cosigned the checkpoint`;
      return { broken: { link: "witness", code: "missing", why }, witnesses, faith: told };
    }
    witnesses.push({ name: key.name, time, isTrusted });
    if (!isTrusted) told.push(`that the key in this bundle is the key of witness ${key.name}`);
  }
  if (witnesses.length === 0) told.push("that the hub shows everybody the same log: no witness");
  const known = new Set([note.origin, ...witnesses.map(({ name }) => name)]);
  for (const name of new Set(note.signatures.map((one) => one.name))) {
    if (!known.has(name)) {
      told.push(`nothing of ${name}, whose key is not known: it was not judged`);
    }
  }
  return { broken: undefined, witnesses, faith: told };
}

function isSame(
  a: { readonly name: string; readonly publicKey: Uint8Array },
  b: { readonly name: string; readonly publicKey: Uint8Array },
): boolean {
  return a.name === b.name && a.publicKey.every((byte, i) => byte === b.publicKey[i]);
}
