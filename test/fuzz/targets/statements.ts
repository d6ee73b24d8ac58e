/**
 * Statements of succession, as the hub and the verifier in the page take them: nothing is taken that
 * the key in force has not signed.
 *
 * @module
 */
import { portableProvider } from "../../../sdk/proof/portable_provider.ts";
import { generateKeys, signer } from "../../../sdk/proof/sign.ts";
import { followStatement, SuccessionError } from "../../../sdk/wire/statement.ts";
import { encodeStatement, enrolled, verifyStatement } from "../../../sdk/wire/succession.ts";
import { type Target, verdictOf } from "../target.ts";

const first = generateKeys((n) => new Uint8Array(n).fill(1));
const second = generateKeys((n) => new Uint8Array(n).fill(2));
const before = enrolled(first.publicKey);
const headAt = (n: number) => ({
  stream: new Uint8Array(8).fill(n),
  epoch: n,
  next: n * 1000,
  tail: new Uint8Array(32).fill(n),
});
const corpus = [0, 1, 3].map((heads) =>
  encodeStatement(
    before,
    {
      time: 7n,
      publicKey: second.publicKey,
      heads: Array.from({ length: heads }, (_, n) => headAt(n + 1)),
    },
    signer(first.privateKey),
  )
);

export const STATEMENT_TARGET: Target = {
  name: "statement of succession",
  corpus,
  async take(input) {
    const verdicts = await Promise.all([
      verdictOf(() => verifyStatement(input, before), [SuccessionError]),
      verdictOf(() => followStatement(input, before, portableProvider), [SuccessionError]),
    ]);
    const [verdict] = verdicts;
    if (verdict !== verdicts[1]) throw new TypeError(`Two verdicts: ${verdicts.join(", ")}`);
    const isOurs = corpus.some((bytes) => Buffer.compare(bytes, input) === 0);
    if (verdict === "accepted" && !isOurs) throw new TypeError("A statement counts as signed");
    return verdict;
  },
};
