/** How far it is with what is fetched and made ready. */
import type { DownloadProgress } from '../base/source.js';

/** How far loading is. */
export interface Progress {
  /** A file is on its way; or the network is made ready. */
  phase: 'download' | 'prepare';
  /** Bytes while downloading; 0 or 1 while preparing. */
  loaded: number;
  /** Bytes in all, missing where neither the server nor a manifest tells; 1 while preparing. */
  total?: number;
  /** Of what is downloaded: it was kept from an earlier visit. */
  cached?: boolean;
}

/** Who hears of it. */
export type OnProgress = (progress: Progress) => void;

/** Tells of a download; a total that was wrong is none. */
export const downloadTo =
  (onProgress: OnProgress | undefined): DownloadProgress =>
  (loaded, total, cached = false) =>
    onProgress?.({ phase: 'download', loaded, cached, ...(total === undefined || loaded > total ? {} : { total }) });
