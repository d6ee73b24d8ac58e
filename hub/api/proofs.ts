/**
 * Answers `/checkpoint`, `/tile/…` and `/proof/…`.
 *
 * @module
 */
import {
  type FrameProof,
  getCheckpoint,
  getConsistency,
  getTile,
  proveFrame,
  proveRow,
} from "../../sdk/api/proofs.ts";
import { type ConsistencyProof } from "../../sdk/api/proofs.ts";
import { parseTilePath, type TileAt } from "../../sdk/proof/tiles.ts";
import { lookerOf, type RecordLook } from "./look.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** Where a frame is in its stream. */
export interface FramePlace {
  /** 32 hexadecimal digits. */
  readonly agent: string;
  readonly source: string;
  readonly epoch: number;
  readonly seq: number;
}

/** A row with its proof. */
export interface ProvenRow {
  /** Ledger index of its frame. */
  readonly index: number;
  readonly row: number;
  readonly table: string;
  /** Rows that the bundle shows, with a whole file of them; absent: this one alone. */
  readonly shown?: number;
  /** The bytes of a bundle (`sdk/proof/bundle.ts`). */
  readonly bundle: Uint8Array;
}

/** What the proof routes need of the hub. */
export interface ProofParts {
  /** The newest checkpoint, with the signatures of witnesses that it has. */
  checkpoint(): string;
  tile(at: TileAt): Promise<Uint8Array>;
  consistency(wanted: {
    readonly from: number;
    readonly to: number | undefined;
  }): Promise<ConsistencyProof>;
  frame(wanted: { readonly index: number } | FramePlace): Promise<FrameProof>;
  row(
    wanted: { readonly row: number } & ({ readonly index: number } | FramePlace),
  ): Promise<ProvenRow>;
  readonly recordLook: RecordLook;
}

/** A tile never changes; a partial one may be asked for no more once it is full. */
const FOR_EVER = "public, max-age=31536000, immutable";

export function mountProofs(app: HubApp, parts: ProofParts): void {
  mount(app, getCheckpoint, () =>
    new Response(parts.checkpoint(), {
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" },
    }));
  mount(app, getTile, async ({ params }) => {
    const at = parseTilePath(params.tile);
    if (at === undefined) throw noTile(params.tile);
    return new Response(new Uint8Array(await parts.tile(at)), {
      headers: { "content-type": "application/octet-stream", "cache-control": FOR_EVER },
    });
  });
  mount(app, getConsistency, ({ query: { from, to } }) => parts.consistency({ from, to }));
  mount(app, proveFrame, async ({ query, media }) => {
    const proof = await parts.frame(query);
    if (media !== "text/plain") return proof;
    const headers = { "content-type": "text/plain; charset=utf-8" };
    return new Response(proof.proof, { headers });
  });
  mount(app, proveRow, async ({ query: { why, ...wanted }, caller }) => {
    const { index, row, table, shown = 1, bundle } = await parts.row(wanted);
    const what = JSON.stringify({ proof: "row", index, row, table });
    await parts.recordLook({ who: lookerOf(caller), what, rows: shown, why });
    return new Response(new Uint8Array(bundle), {
      headers: {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="row-${index}-${row}.bundle"`,
      },
    });
  });
}

function noTile(path: string): ApiError {
  return path.startsWith("entries/")
    ? new ApiError(
      "missing",
      "Cannot give entries: they are events, ask with POST /v1/events/query",
    )
    : new ApiError("input", "Cannot read input: the tile must be such as 0/x001/234 or 1/000.p/17");
}
