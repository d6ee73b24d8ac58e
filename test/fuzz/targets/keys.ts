/**
 * Fuzz targets: key packages, boxes, sealed values and quarantined events.
 *
 * @module
 */
import {
  openQuarantined,
  QuarantineError,
  sealQuarantined,
} from "../../../agent/quarantine_file.ts";
import { boxer, BoxError, makeBoxKeys, openBox } from "../../../sdk/keys/box.ts";
import {
  openPackage,
  PackageError,
  readPackage,
  sealPackage,
} from "../../../sdk/keys/key_package.ts";
import { openPair, pairOf, RevealError } from "../../../sdk/keys/reveal_box.ts";
import { generateKeys, signer } from "../../../sdk/proof/sign.ts";
import { hostile } from "../mutate.ts";
import { type Target, verdictOf } from "../target.ts";

let made = 0;
/** Each call other bytes, each run the same. */
const random = (size: number): Uint8Array => new Uint8Array(size).fill(++made);
const holder = generateKeys(random);
const box = makeBoxKeys(random);
const AGENT = "00112233445566778899aabbccddeeff";
const TOKEN = "user:1:abcdefghijklmnopqrstuvwxyz";

const EPOCHS = [1, 2].map((epoch) => ({
  ...{ epoch, from: epoch * 1000, until: epoch * 1000 + 5000 },
  bytes: random(32),
}));
const PACKAGE = sealPackage(
  { agent: AGENT, serial: 7, holder: holder.publicKey, reveal: box.publicKey },
  EPOCHS,
  { to: box.publicKey, sign: signer(holder.privateKey), random },
);

const keyPackage: Target = {
  name: "key-package",
  corpus: [PACKAGE],
  take: (bytes) =>
    verdictOf(() => {
      // The hub reads what the agent then opens.
      readPackage(bytes);
      openPackage(bytes, { holder: holder.publicKey, agent: AGENT, box });
    }, [PackageError]),
};

const seal = boxer(box.publicKey, random);
const BOX = seal(Buffer.from("content"));

const sealedBox: Target = {
  name: "box",
  corpus: [BOX],
  take: (bytes) => verdictOf(() => openBox(bytes, box), [BoxError]),
};

/** From a host that knows the reveal key's public half and seals whatever it likes. */
const sealedValue: Target = {
  name: "sealed-value",
  corpus: [new Uint8Array(pairOf(TOKEN, Buffer.from("someone")))],
  take: (plain) => {
    const bytes = seal(plain);
    return verdictOf(() => openPair(bytes, TOKEN, box), [RevealError]);
  },
};

/** As the last one: what is in the box is no events. */
const quarantined: Target = {
  name: "quarantine",
  corpus: [new Uint8Array([0x82, 0xa1, 0x74, 0xa1, 0x54, 0xa1, 0x63, 0x90])],
  take: (content, dice) => {
    const head = { kind: dice.pick(["batch", "frame"] as const), source: "s", table: "T" };
    const bytes = sealQuarantined({ ...head, rows: dice.below(9), at: 0 }, content, {
      to: box.publicKey,
      random,
    });
    const lies = dice.below(2) === 0 ? bytes : hostile([bytes], dice);
    return verdictOf(() => openQuarantined(lies, box), [QuarantineError]);
  },
};

export const KEY_TARGETS: readonly Target[] = [keyPackage, sealedBox, sealedValue, quarantined];
