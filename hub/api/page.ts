/**
 * Serves the page: fixed files that are the same for everybody and need no key.
 *
 * @module
 */
import { type HubApp, mountOpen } from "./mount.ts";

/** One file of the page. */
export interface Asset {
  readonly bytes: Uint8Array;
  /** Its content type. */
  readonly type: string;
}

/** Paths that the page's files are under. */
export const PAGE_PATHS = ["/", "/assets/:name"] as const;

/** Serves `page`, by path. Files under `/assets/` have their hash in the name: they never change. */
export function mountPage(app: HubApp, page: ReadonlyMap<string, Asset>): void {
  for (const pattern of PAGE_PATHS) {
    mountOpen(app, pattern, (path) => {
      const asset = page.get(path);
      return asset &&
        new Response(new Uint8Array(asset.bytes), { headers: headersOf(path, asset) });
    });
  }
}

function headersOf(path: string, asset: Asset): Record<string, string> {
  const keep = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-store";
  return { "content-type": asset.type, "cache-control": keep };
}
