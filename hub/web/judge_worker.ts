/**
 * Judges bundles beside the page: the verifier of `custos verify`, with cryptography and zstd in
 * TypeScript alone. It reads the file piece by piece and sends nothing to anybody but the page.
 *
 * @module
 */
import { portableProvider } from "../../sdk/proof/portable_provider.ts";
import { parseTrust } from "../../sdk/proof/trust.ts";
import { openVerifier } from "../../sdk/proof/verify.ts";
import type { Judged, ToJudge } from "./judge_messages.ts";

/** Bytes that are read and judged at once. */
const SLICE_BYTES = 256 * 1024;

/** The one that was asked for last: an earlier one stops. */
let current = 0;

addEventListener("message", ({ data: asked }: MessageEvent<ToJudge>) => {
  current = asked.id;
  judge(asked).then(tell, (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    tell({ kind: "problem", id: asked.id, why });
  });
});

async function judge({ id, file, trust }: ToJudge): Promise<Judged> {
  const verifier = openVerifier(portableProvider, parseTrust(trust, portableProvider.sha256));
  for (let at = 0; at < file.size && id === current; at += SLICE_BYTES) {
    const bytes = new Uint8Array(await file.slice(at, at + SLICE_BYTES).arrayBuffer());
    if (!verifier.take(bytes)) break;
    tell({ kind: "progress", id, bytes: at + bytes.length });
  }
  return { kind: "verdict", id, verdict: verifier.end() };
}

function tell(message: Judged): void {
  postMessage(message);
}
